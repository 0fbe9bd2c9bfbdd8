/* The frontend of an image for tests. It has the builder's own frontend read the Dockerfile, and one more thing put into each
   RUN: what the image's variable FRONTEND_HOST says of hosts. So two such images make two builds of one Dockerfile.
   It speaks gRPC (HTTP/2 without compression) on its standard streams, as BuildKit's gateway wants it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { LIMIT = 1 << 16, DATA = 0, HEADERS = 1, SETTINGS = 4, PING = 6, ACK = 1, END_STREAM = 1, END_HEADERS = 4 };

typedef struct {
  size_t count;
  uint8_t bytes[LIMIT];
} Text;

static void fail(const char *what) {
  fprintf(stderr, "test frontend: %s\n", what);
  exit(1);
}

static void add(Text *text, const void *bytes, size_t count) {
  if (count > LIMIT - text->count) fail("too long");
  memcpy(text->bytes + text->count, bytes, count);
  text->count += count;
}

static void add_number(Text *text, uint64_t number) {
  for (; number > 127; number >>= 7) add(text, &(uint8_t){(uint8_t)(number | 128)}, 1);
  add(text, &(uint8_t){(uint8_t)number}, 1);
}

/* A field of protobuf that has a length. */
static void add_field(Text *text, int field, const void *bytes, size_t count) {
  add_number(text, (uint64_t)field << 3 | 2);
  add_number(text, count);
  add(text, bytes, count);
}

static void send_all(const uint8_t *bytes, size_t count) {
  while (count) {
    ssize_t sent = write(1, bytes, count);
    if (sent <= 0) fail("the builder does not listen");
    bytes += sent;
    count -= (size_t)sent;
  }
}

static void send_frame(int type, int flags, uint32_t stream, const uint8_t *bytes, size_t count) {
  uint8_t head[9] = {(uint8_t)(count >> 16), (uint8_t)(count >> 8), (uint8_t)count, (uint8_t)type, (uint8_t)flags,
                     (uint8_t)(stream >> 24), (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream};
  send_all(head, sizeof head);
  send_all(bytes, count);
}

static void receive(uint8_t *bytes, size_t count) {
  while (count) {
    ssize_t got = read(0, bytes, count);
    if (got <= 0) fail("the builder says nothing more");
    bytes += got;
    count -= (size_t)got;
  }
}

static void add_header(Text *block, const char *name, const char *value) {
  uint8_t literal = 0, sizes[2] = {(uint8_t)strlen(name), (uint8_t)strlen(value)};
  add(block, &literal, 1);
  add(block, &sizes[0], 1);
  add(block, name, sizes[0]);
  add(block, &sizes[1], 1);
  add(block, value, sizes[1]);
}

/* Calls one method, and leaves its answer in `answer`. */
static void call(uint32_t stream, const char *path, const Text *request, Text *answer) {
  static Text block, message;
  block.count = message.count = answer->count = 0;
  add_header(&block, ":method", "POST");
  add_header(&block, ":scheme", "http");
  add_header(&block, ":path", path);
  add_header(&block, ":authority", "localhost");
  add_header(&block, "content-type", "application/grpc");
  add_header(&block, "te", "trailers");
  send_frame(HEADERS, END_HEADERS, stream, block.bytes, block.count);
  uint8_t head[5] = {0, 0, (uint8_t)(request->count >> 16), (uint8_t)(request->count >> 8), (uint8_t)request->count};
  add(&message, head, sizeof head);
  add(&message, request->bytes, request->count);
  for (size_t from = 0; from < message.count;) {
    size_t part = message.count - from < 16384 ? message.count - from : 16384;
    send_frame(DATA, from + part == message.count ? END_STREAM : 0, stream, message.bytes + from, part);
    from += part;
  }
  for (int is_over = 0; !is_over;) {
    uint8_t frame[9], bytes[16384];
    receive(frame, sizeof frame);
    size_t count = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
    if (count > sizeof bytes) fail("a frame is too long");
    receive(bytes, count);
    if (frame[3] == SETTINGS && !(frame[4] & ACK)) send_frame(SETTINGS, ACK, 0, NULL, 0);
    if (frame[3] == PING && !(frame[4] & ACK)) send_frame(PING, ACK, 0, bytes, count);
    if (frame[3] == DATA) add(answer, bytes, count);
    is_over = frame[8] == stream && (frame[3] == DATA || frame[3] == HEADERS) && frame[4] & END_STREAM;
  }
  /* Without a message there is but an error. */
  if (answer->count < sizeof head) fail(path);
}

static void add_option(Text *request, const char *name, size_t size, const char *value) {
  static Text entry;
  entry.count = 0;
  add_field(&entry, 1, name, size);
  add_field(&entry, 2, value, strlen(value));
  add_field(request, 3, entry.bytes, entry.count);
}

int main(void) {
  static Text request, answer;
  send_all((const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  send_frame(SETTINGS, 0, 0, NULL, 0);

  /* SolveRequest: Frontend, FrontendOpt, allowResultReturn, allowResultArrayRef */
  add_field(&request, 2, "dockerfile.v0", strlen("dockerfile.v0"));
  for (char **variable = environ; *variable; variable++) {
    if (strncmp(*variable, "BUILDKIT_FRONTEND_OPT_", 22)) continue;
    char *name = strchr(*variable, '=');
    char *value = name ? strchr(++name, '=') : NULL;
    if (value) add_option(&request, name, (size_t)(value - name), value + 1);
  }
  if (getenv("FRONTEND_HOST")) add_option(&request, "add-hosts", strlen("add-hosts"), getenv("FRONTEND_HOST"));
  add(&request, (uint8_t[]){5 << 3, 1, 6 << 3, 1}, 4);
  call(1, "/moby.buildkit.v1.frontend.LLBBridge/Solve", &request, &answer);

  /* The answer's third field, its result, is the first of what is returned. */
  const uint8_t *message = answer.bytes + 5;
  if (answer.count < 7 || message[0] != (3 << 3 | 2)) fail("the answer has no result");
  request.count = 0;
  add(&request, message, answer.count - 5);
  request.bytes[0] = 1 << 3 | 2;
  call(3, "/moby.buildkit.v1.frontend.LLBBridge/Return", &request, &answer);
  return 0;
}
