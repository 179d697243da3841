"""Models learned from tables."""
