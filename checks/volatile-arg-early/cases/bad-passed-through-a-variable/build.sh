rev=$(git rev-parse --short HEAD)
docker build --build-arg "STAMP=$rev" .
