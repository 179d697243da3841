"""Verifies that everything published for a version belongs together: images, wheel, pipelines.

The extra `verify` of the wheel installs the requirements of this package. It reads only public
data, so it needs neither Bazel nor a checkout. Nothing that runs in a pipeline imports it.
"""
