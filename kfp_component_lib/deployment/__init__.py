"""Models put to use."""
