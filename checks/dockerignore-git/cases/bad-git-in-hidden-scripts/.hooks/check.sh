git -C . rev-parse HEAD
