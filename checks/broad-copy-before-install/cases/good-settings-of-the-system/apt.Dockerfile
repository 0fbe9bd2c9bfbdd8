FROM debian:12
COPY keys/ /etc/apt/keyrings/
COPY conf /etc/apt/apt.conf.d
RUN apt-get update && apt-get install -y vendor-tool
