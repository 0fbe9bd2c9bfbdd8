docker builder prune -f --filter until=168h
docker buildx prune --max-used-space 20GB -f
docker build -t app .
