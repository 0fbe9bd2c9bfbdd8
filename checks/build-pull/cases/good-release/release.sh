docker build --pull -t app .
