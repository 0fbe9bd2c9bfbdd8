FROM python:3.13
WORKDIR /app
COPY requirements.txt .
COPY wheels wheels
RUN pip install --find-links=wheels -r requirements.txt
