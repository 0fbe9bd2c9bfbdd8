docker build --build-arg STAMP=$(date +%s) .
