docker system prune -af
docker build -t app .
