FROM ubuntu:24.04
WORKDIR /opt
COPY . /opt/tool
RUN git clone -b v2.1 https://git.example.org/lib.git && make -C lib PREFIX=/opt/tool
