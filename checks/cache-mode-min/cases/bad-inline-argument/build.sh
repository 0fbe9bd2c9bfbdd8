docker build --build-arg BUILDKIT_INLINE_CACHE=1 --cache-from me/app -t me/app .
