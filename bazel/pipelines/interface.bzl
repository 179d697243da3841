"""The interface gate: a released interface keeps working until a version that may break it."""

load("@rules_python//python:defs.bzl", "py_test")
load("//bazel/private:update.bzl", "update")

visibility("//bazel/...")

_MAIN = Label("//bazel/pipelines:interface_main.py")

def interface_test(name, interface, released, tags = [], visibility = None):
    """Compares inputs and outputs with those of the last release.

    Under Semantic Versioning a breaking change needs a new major version, or below 1.0 a new minor
    version. An interface is a JSON object with `name`, `version`, `inputs` and `outputs`; a
    library of components has `components` instead, which maps each name to inputs and outputs.
    kfp_pipeline and kfp_component make such a test themselves.

    Example:
        interface_test(
            name = "interface_test",
            interface = ":interface",
            released = "released.interface.json",
        )

    Targets produced:
        NAME: the comparison.
        NAME.update: records the current interface as released; run it when you release.

    Args:
        name: name of the test.
        interface: the current interface.
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
