"""wheel_targets: the targets of a distribution's repository."""

load("//python:py_library.bzl", "py_library")

# Loaded by the generated repositories.
visibility("public")

def _compatible_with(wheel):
    """The CPU for which the code in a wheel was compiled; pip has downloaded it for this machine."""
    for cpu in ["aarch64", "x86_64"]:
        if wheel.endswith("_{}.whl".format(cpu)):
            return ["@platforms//cpu:" + cpu]
    return []

def wheel_targets(*, distribution, hub, requires, version, wheel):
    """Declares the targets of a distribution, with the names that they have in rules_python.

    Targets produced:
        pkg: the library, with the libraries that it requires.
        whl: the wheel itself; the wheels of its requirements are its data.
        data: the files that a wheel installs outside site-packages, such as programs.
        dist_info: its metadata.

    Args:
        distribution: name of the distribution, as written in its metadata.
        hub: name of the hub.
        requires: names of the distributions that it requires.
        version: its version.
        wheel: name of the wheel file.
    """
    native.filegroup(
        name = "whl",
        srcs = [wheel],
        data = ["@{}//{}:whl".format(hub, name) for name in requires],
    )
    native.filegroup(
        name = "dist_info",
        srcs = native.glob(["site-packages/*.dist-info/**"]),
    )
    native.filegroup(
        name = "data",
        srcs = native.glob(["bin/**", "data/**", "include/**"], allow_empty = True),
    )

    # Bytecode is data for Bazel's own rules. rules_python has none, so modules are compiled at each import.
    py_library(
        name = "pkg",
        srcs = native.glob(["site-packages/**/*.py"], allow_empty = True),
        data = [":data"] + native.glob(["site-packages/**"], exclude = ["site-packages/**/*.py"]),
        imports = ["site-packages"],
        tags = [
            "pypi_name=" + distribution,
            "pypi_version=" + version,
        ],
        target_compatible_with = _compatible_with(wheel),
        deps = ["@{}//{}:pkg".format(hub, name) for name in requires],
    )
