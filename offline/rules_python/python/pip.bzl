"""What the hub's requirements.bzl needs of pip."""

load("//python/private/pypi:names.bzl", "normalize_name")

pip_utils = struct(normalize_name = normalize_name)
