"""The interface gate: what was released keeps working until the major version rises."""

load("@rules_python//python:defs.bzl", "py_test")
load("//bazel/private:update.bzl", "update")

visibility("//bazel/...")

_MAIN = Label("//bazel/pipelines:interface_main.py")

def interface_test(name, tags, act):
    """Compares a definition's inputs and outputs with those that were released last.

    NAME.interface.json beside the BUILD file holds the released ones and their version.

    Targets produced:
        NAME_interface_test: the comparison.
        NAME_interface_test.update: writes NAME.interface.json, when a release is made.
        NAME.interface: the interface as it is now.

    Args:
        name: name of the definition; the output group `interface` of NAME.normal is its interface.
        tags: tags of the test.
        act: common attributes of what is run rather than built.
    """
    test = name + "_interface_test"
    recorded = native.glob([name + ".interface.json"], allow_empty = True)
    native.filegroup(name = name + ".interface", srcs = [name + ".normal"], output_group = "interface", **act)
    update(name = test + ".update", files = {name + ".interface": name + ".interface.json"}, **act)
    py_test(
        name = test,
        size = "small",
        srcs = [_MAIN],
        main = _MAIN,
        args = [
            "--command='bazel run //{}:{}.update'".format(native.package_name(), test),
            "--now=$(rootpath {}.interface)".format(name),
        ] + ["--released=$(rootpath {})".format(file) for file in recorded],
        data = [name + ".interface"] + recorded,
        tags = tags,
    )
