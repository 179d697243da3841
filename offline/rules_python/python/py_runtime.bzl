"""py_runtime: an interpreter."""

def py_runtime(name, **attrs):
    """An interpreter.

    Targets produced:
        NAME: the interpreter.

    Args:
        name: name of the target.
        **attrs: attributes of Bazel's py_runtime.
    """
    native.py_runtime(name = name, **attrs)
