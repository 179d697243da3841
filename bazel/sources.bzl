"""sources: the Python files of a package and of all below it, for the checks that read them all."""

visibility("//...")

def sources(name = "sources", exclude = []):
    """Hands the package's Python files to the format, lint and type checks.

    Every BUILD file calls it. Each package gathers those below it, so one that forgets to call it
    fails the build of the package above: nobody has to list a file, and none is missed.

    Targets produced:
        NAME: the Python files of this package and of its subpackages.

    Args:
        name: name of the target; the package above looks for `sources`.
        exclude: patterns of files that the build generates and a tool may leave in the tree.
    """
    root = not native.package_name()

    # bazel-bin and its like lie in the root folder and hold copies of the packages.
    below = native.subpackages(include = ["*"], exclude = ["bazel-*"]) if root else native.subpackages(include = ["**"], allow_empty = True)
    native.filegroup(
        name = name,
        srcs = native.glob(["*.py"] if root else ["**/*.py"], exclude = exclude, allow_empty = True) + [
            "//{}:sources".format("/".join([p for p in (native.package_name(), package) if p]))
            for package in below
        ],
        visibility = ["//:__subpackages__"],
    )
