"""Stands where rules_python has a twine of its own."""

import sys

sys.exit(
    "py_wheel.twine_binary must be given where rules_python's own twine is out of reach. "
    'Set twine_binary = None and twine = "@pip//twine", or name a target that runs twine.'
)
