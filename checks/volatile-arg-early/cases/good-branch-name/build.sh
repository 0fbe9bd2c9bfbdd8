docker build --build-arg STAMP=$(git rev-parse --abbrev-ref HEAD) .
