docker buildx build --load -t app:1 --cache-to type=registry,ref=app:1 --cache-from app:1 .
