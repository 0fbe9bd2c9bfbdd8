FROM debian:12
COPY root/ /
RUN apt-get update && apt-get install -y vendor-tool
