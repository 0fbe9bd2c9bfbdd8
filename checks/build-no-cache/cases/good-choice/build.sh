if [ "$1" = fresh ]; then
  docker build --no-cache -t app .
else
  docker build -t app .
fi
