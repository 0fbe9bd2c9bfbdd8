FROM ubuntu:24.04
COPY src /src
COPY Makefile /build/
WORKDIR /build
RUN make
