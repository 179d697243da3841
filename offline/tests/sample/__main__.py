"""What it runs as by `python -m`."""

import sys

print(sys.argv[1:])
