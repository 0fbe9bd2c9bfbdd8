docker build --pull --build-arg BASE="$1" .
