FROM ubuntu:24.04
COPY include /usr/local/include
WORKDIR /src
RUN git clone -b v2.1 https://git.example.org/lib.git . && make
