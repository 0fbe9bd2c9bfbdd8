buildah build --layers .
