"""Replaces rules_python's own twine, which is not available here."""

import sys

sys.exit(
    "py_wheel.twine_binary must be given where rules_python's own twine is not available. "
    'Set twine_binary = None and twine = "@pip//twine", or name a target that runs twine.'
)
