docker image prune -f
docker build -t app .
