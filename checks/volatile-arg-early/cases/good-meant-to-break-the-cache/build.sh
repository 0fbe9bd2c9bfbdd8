docker build --build-arg NPM_CACHEBUST=$(date +%s) .
