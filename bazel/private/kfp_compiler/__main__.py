"""Compiles one pipeline or component."""

import sys

from kfp_compiler.single_shot import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
