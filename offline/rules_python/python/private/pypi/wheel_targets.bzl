"""wheel_targets: the targets of a distribution's repository."""

load("//python:py_library.bzl", "py_library")

# The generated repositories load it.
visibility("public")

def _compatible_with(wheel):
    """The CPU that a wheel's code was compiled for; pip has fetched this machine's."""
    for cpu in ["aarch64", "x86_64"]:
        if wheel.endswith("_{}.whl".format(cpu)):
            return ["@platforms//cpu:" + cpu]
    return []

def wheel_targets(*, distribution, hub, requires, version, wheel):
    """The targets of a distribution, under the names rules_python gives them.

    Targets produced:
        pkg: the library, with those it requires.
        whl: the wheel itself; those of what it requires are its data.
        data: what a wheel installs outside of site-packages, programs among it.
        dist_info: its metadata.

    Args:
        distribution: name of the distribution, as its metadata spell it.
        hub: name of the hub.
        requires: names of the distributions it requires.
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

    # Bytecode is data to Bazel's own rules. rules_python has none and compiles at each import.
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
