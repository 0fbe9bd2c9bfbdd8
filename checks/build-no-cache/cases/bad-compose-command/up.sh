docker compose build --no-cache
