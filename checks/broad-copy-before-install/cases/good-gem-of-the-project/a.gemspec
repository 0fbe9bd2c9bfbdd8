Dir['lib/**']
