"""A module below it."""

ANSWER = 42
