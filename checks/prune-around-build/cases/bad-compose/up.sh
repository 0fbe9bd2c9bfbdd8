docker buildx prune -f
docker compose up -d --build
