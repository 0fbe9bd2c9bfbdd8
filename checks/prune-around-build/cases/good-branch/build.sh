if [ "$CLEAN" ]; then
  docker builder prune -f
fi
docker build -t app .
