import subprocess

print(subprocess.check_output(["git", "show", "-s"]))
