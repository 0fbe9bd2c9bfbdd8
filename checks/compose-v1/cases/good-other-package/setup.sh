pip install docker-compose-viz
docker compose build
