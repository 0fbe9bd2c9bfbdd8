DOCKER_BUILDKIT=0 docker build --cache-from me/app:latest -t me/app:latest .
