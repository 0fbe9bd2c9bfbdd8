FROM node:22
COPY a /app/a
