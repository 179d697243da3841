"""The interface gate: what was released keeps working until a version that may break it."""

load("@rules_python//python:defs.bzl", "py_test")
load("//bazel/private:update.bzl", "update")

visibility("//bazel/...")

_MAIN = Label("//bazel/pipelines:interface_main.py")

def interface_test(name, interface, released, tags = [], visibility = None):
    """Compares inputs and outputs with those that were released last.

    By Semantic Versioning a change that breaks users needs a new major version, and below 1.0 a new
    minor version. An interface is a JSON object with `name`, `version`, `inputs` and `outputs`; a
    library of components has `components` instead, which maps each name to inputs and outputs.

    Targets produced:
        NAME: the comparison.
        NAME.update: writes what is recorded as released, when a release is made.

    Args:
        name: name of the test.
        interface: the interface as it is now.
        released: name of the file beside the BUILD file that holds the released interface.
        tags: tags of every target.
        visibility: visibility of `NAME.update`.
    """
    recorded = native.glob([released], allow_empty = True)
    update(
        name = name + ".update",
        files = {interface: released},
        tags = tags + ["manual"],
        visibility = visibility,
    )
    py_test(
        name = name,
        size = "small",
        srcs = [_MAIN],
        main = _MAIN,
        args = [
            "--command='bazel run //{}:{}.update'".format(native.package_name(), name),
            "--now=$(rootpath {})".format(interface),
        ] + ["--released=$(rootpath {})".format(file) for file in recorded],
        data = [interface] + recorded,
        tags = tags,
    )
