docker build --build-arg STAMP=$1 .
