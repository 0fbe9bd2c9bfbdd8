docker builder prune $LIMIT
docker build -t app .
