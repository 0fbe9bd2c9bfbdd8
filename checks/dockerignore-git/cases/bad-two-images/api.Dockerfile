FROM debian:12
COPY . /app
RUN make -C /app api
