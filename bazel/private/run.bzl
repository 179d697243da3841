"""kfp_run: a pipeline on this machine, by KFP's local runner."""

load("@rules_python//python:defs.bzl", "py_binary")

visibility("//bazel/...")

_MAIN = Label("//bazel/private:run_main.py")

def kfp_run(name, src, function, kfp, deps, tags):
    """Makes a pipeline runnable: `bazel run NAME -- --help` shows its parameters as flags.

    Targets produced:
        NAME: the program.

    Args:
        name: name of the target.
        src: the Python file with the pipeline function.
        function: the pipeline function; empty if the file defines only one.
        kfp: the kfp library.
        deps: Python libraries the file imports.
        tags: tags of the target.
    """
    py_binary(
        name = name,
        srcs = [_MAIN, src],
        main = _MAIN,
        args = ["--pipeline_source=$(rootpath {})".format(src), "--pipeline_function=" + function],
        tags = tags + ["manual"],
        deps = deps + [kfp, Label("//bazel/private/kfp_compiler")],
    )
