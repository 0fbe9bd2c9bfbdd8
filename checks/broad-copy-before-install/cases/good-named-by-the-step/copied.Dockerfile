FROM node:22
WORKDIR /app
COPY . .
RUN cp env.example .env && npm ci
