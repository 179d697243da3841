"""kfp_upload and kfp_schedule: the programs that store a compiled pipeline and its schedules on a server."""

load("@rules_python//python:defs.bzl", "py_binary")

visibility("//bazel/...")

_LAUNCHER = Label("//bazel/pipelines/kfp_launcher")
_UPLOAD = Label("//bazel/pipelines/kfp_launcher:upload.py")
_SCHEDULE = Label("//bazel/pipelines/kfp_launcher:schedule.py")

def _version():
    return "'{}'".format(native.module_version() or "")

def kfp_upload(name, definition, kfp, **kwargs):
    """Uploads a definition as a version; `bazel run NAME -- --help` lists the flags.

    Targets produced:
        NAME: the program.

    Args:
        name: name of the target.
        definition: the compiled definition.
        kfp: the kfp library.
        **kwargs: common attributes.
    """
    py_binary(
        name = name,
        srcs = [_UPLOAD],
        main = _UPLOAD,
        args = ["$(rootpath {})".format(definition), _version()],
        data = [definition],
        deps = [kfp, _LAUNCHER],
        **kwargs
    )

def kfp_schedule(name, definition, schedule, kfp, **kwargs):
    """Makes a server's schedules match a file; `bazel run NAME -- --help` lists the flags.

    Targets produced:
        NAME: the program.

    Args:
        name: name of the target.
        definition: the compiled definition.
        schedule: the file.
        kfp: the kfp library.
        **kwargs: common attributes.
    """
    py_binary(
        name = name,
        srcs = [_SCHEDULE],
        main = _SCHEDULE,
        args = [
            "$(rootpath {})".format(definition),
            _version(),
            "//{}:{}".format(native.package_name(), name),
            "$(rootpath {})".format(schedule),
        ],
        data = [definition, schedule],
        deps = [kfp, _LAUNCHER],
        **kwargs
    )
