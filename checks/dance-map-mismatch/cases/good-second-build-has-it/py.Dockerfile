FROM python:3.13
RUN --mount=type=cache,target=/root/.cache/pip pip install flask
