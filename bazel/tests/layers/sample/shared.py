"""What both components of the sample import."""

SHARED = 1
