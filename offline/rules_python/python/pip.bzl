"""The functions for distribution names that the hub's requirements.bzl loads."""

load("//python/private/pypi:names.bzl", "normalize_name")

pip_utils = struct(normalize_name = normalize_name)
