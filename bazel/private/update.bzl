"""update: writes built files into the source tree."""

load("@rules_python//python:defs.bzl", "py_binary")

visibility("//bazel/...")

_MAIN = Label("//bazel/private:update_main.py")

def update(name, files, **kwargs):
    """Writes built files beside the BUILD file.

    Targets produced:
        NAME: `bazel run` writes the files.

    Args:
        name: name of the target.
        files: a dict from each target with one built file to the name of the file to write.
        **kwargs: common attributes.
    """
    py_binary(
        name = name,
        srcs = [_MAIN],
        main = _MAIN,
        args = [
            arg
            for built, file in files.items()
            for arg in ["$(rootpath {})".format(built), (native.package_name() + "/" + file).lstrip("/")]
        ],
        data = files.keys(),
        **kwargs
    )
