podman build .
