docker build --build-arg STAMP=$(date +%G-%V) .
