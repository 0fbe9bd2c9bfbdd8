FROM node:22
WORKDIR /app
ENV NODE_EXTRA_CA_CERTS=/certs/ca.pem
COPY package.json package-lock.json ./
COPY certs /certs
RUN npm ci
