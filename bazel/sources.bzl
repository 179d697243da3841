"""sources: the files of a package and of all below it, for the checks that read them all."""

visibility("//...")

def _below():
    """Returns the packages just below this one, by their full names."""
    package = native.package_name()

    # bazel-bin and its like lie in the root folder and hold copies of the packages.
    found = native.subpackages(
        include = ["**" if package else "*"],
        exclude = [] if package else ["bazel-*"],
        allow_empty = True,
    )
    return ["/".join([part for part in (package, name) if part]) for name in found]

def _gathered(name, pattern, exclude):
    native.filegroup(
        name = name,
        srcs = native.glob(
            [("**/" if native.package_name() else "") + p for p in pattern],
            allow_empty = True,
            exclude = exclude,
        ) + ["//{}:{}".format(package, name) for package in _below()],
        visibility = ["//:__subpackages__"],
    )

def sources(exclude = []):
    """Hands the package's files to the checks of format, lint, types and of who depends on whom.

    Every BUILD file calls it. Each package gathers those below it, so one that forgets to call it
    fails the build of the package above: nobody has to list a file, and none is missed.

    Targets produced:
        sources: the Python files of this package and of its subpackages.
        build_files: their BUILD and .bzl files.

    Args:
        exclude: patterns of files that the build generates and a tool may leave in the tree.
    """
    _gathered("sources", ["*.py"], exclude)
    _gathered("build_files", ["BUILD.bazel", "*.bzl"], exclude)
