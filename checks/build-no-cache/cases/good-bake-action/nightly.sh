docker buildx bake --no-cache
