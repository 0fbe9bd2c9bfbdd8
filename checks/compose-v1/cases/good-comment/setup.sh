# pip install docker-compose
docker compose build
