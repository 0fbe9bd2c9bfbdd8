#!/usr/bin/env python3
"""Serves the BuildKit inside a Docker Engine on an address of its own, as a buildkitd would.

buildkit_socket.py ENGINE_SOCKET ADDRESS    ADDRESS: a path, or 127.0.0.1:PORT

So that a buildx builder with the driver `remote` can be tried where no buildkitd is to be had: the
engine hands a connection over to its BuildKit after `POST /grpc` (moby, api/server/router/grpc), as buildx's docker driver
has it. Ends when it is killed.
"""

import asyncio
import sys

REQUEST = b"POST /grpc HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"


async def pass_on(reader, writer):
    try:
        while part := await reader.read(1 << 16):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(engine, reader, writer):
    try:
        engine_reader, engine_writer = await asyncio.open_unix_connection(engine)
        engine_writer.write(REQUEST)
        head = await engine_reader.readuntil(b"\r\n\r\n")
    except (OSError, asyncio.IncompleteReadError):
        return writer.close()
    if b" 101 " not in head:
        return writer.close()
    await asyncio.gather(pass_on(reader, engine_writer), pass_on(engine_reader, writer))


async def main(engine, address):
    def on_connection(reader, writer):
        return serve(engine, reader, writer)

    if address.startswith("/"):
        server = await asyncio.start_unix_server(on_connection, address)
    else:
        host, port = address.rsplit(":", 1)
        server = await asyncio.start_server(on_connection, host, int(port))
    async with server:
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
