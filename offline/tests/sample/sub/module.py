"""A module in a subpackage."""

ANSWER = 42
