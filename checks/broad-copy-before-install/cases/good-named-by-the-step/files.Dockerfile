FROM debian:12
COPY debs /debs
RUN apt-get update && apt-get install -y /debs/*.deb
