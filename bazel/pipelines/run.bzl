"""kfp_run and kfp_submit: the programs beside a compiled pipeline."""

load("@rules_python//python:defs.bzl", "py_binary")

visibility("//bazel/...")

_RUN = Label("//bazel/pipelines/kfp_launcher:run.py")
_SUBMIT = Label("//bazel/pipelines/kfp_launcher:submit.py")
_LAUNCHER = Label("//bazel/pipelines/kfp_launcher")

def kfp_run(name, definition, kind, src, function, kfp, deps, **kwargs):
    """Makes a definition runnable on this machine; `bazel run NAME -- --help` lists its parameters.

    Targets produced:
        NAME: the program.

    Args:
        name: name of the target.
        definition: name of the pipeline or component.
        kind: `pipeline` or `component`.
        src: the Python file with the function.
        function: the function; empty if the file defines only one.
        kfp: the kfp library.
        deps: Python libraries the file imports.
        **kwargs: common attributes.
    """
    py_binary(
        name = name,
        srcs = [_RUN, src],
        main = _RUN,
        args = [
            "//{}:{}".format(native.package_name(), definition),
            kind,
            "$(rootpath {})".format(src),
            "'{}'".format(function),
        ],
        deps = deps + [kfp, _LAUNCHER],
        **kwargs
    )

def kfp_submit(name, definition, kfp, **kwargs):
    """Submits a compiled definition to a server; `bazel run NAME -- --help` lists the flags.

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
        srcs = [_SUBMIT],
        main = _SUBMIT,
        args = ["$(rootpath {})".format(definition)],
        data = [definition],
        deps = [kfp, _LAUNCHER],
        **kwargs
    )
