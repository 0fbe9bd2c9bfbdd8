docker build --pull -t app .
docker compose build --pull
