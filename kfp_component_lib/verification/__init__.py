"""Shows that what was published of a version belongs together: images, wheel and pipelines.

This package is what the extra `verify` of the wheel is for. It reads what everybody can read, so it
needs neither Bazel nor a checkout. Nothing that runs in a pipeline imports it.
"""
