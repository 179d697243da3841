"""A module that both components of the sample import."""

SHARED = 1
