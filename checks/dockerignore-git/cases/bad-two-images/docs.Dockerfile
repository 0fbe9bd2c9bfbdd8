FROM debian:12
COPY . /app
RUN git -C /app describe --tags >/version
