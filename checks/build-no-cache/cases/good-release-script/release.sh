docker build --no-cache -t app .
