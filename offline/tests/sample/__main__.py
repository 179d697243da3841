"""The program that runs for `python -m`."""

import sys

print(sys.argv[1:])
