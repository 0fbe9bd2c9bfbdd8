docker build --no-cache-filter test -t app .
