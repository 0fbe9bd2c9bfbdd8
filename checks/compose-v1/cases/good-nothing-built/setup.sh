pip install docker-compose
