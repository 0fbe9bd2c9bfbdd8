docker build --build-arg STAMP=$(Get-Date) .
