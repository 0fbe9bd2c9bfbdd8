/kaniko/executor --cache=true --context dir://. --destination x
