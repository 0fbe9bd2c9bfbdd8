FROM debian:12
COPY lists /lists
RUN cp /lists/sources.list /etc/apt/sources.list.d/x.list && apt-get update && xargs apt-get install -y < /lists/packages.txt
