if [ -n "$FULL" ]; then apt-get install -y build-essential cmake curl git python3-pip; fi
