"""A package for py_wheel to pack."""
