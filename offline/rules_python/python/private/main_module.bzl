"""`main_module`: runs a module by its name, which Bazel's own rules do not support."""

load("@bazel_skylib//rules:write_file.bzl", "write_file")

visibility("//python")

_MAIN = """\
import runpy

runpy.run_module({module}, run_name="__main__", alter_sys=True)
"""

def with_main(name, attrs):
    """Turns `main_module` into a `main` that runs the module.

    Args:
        name: name of the program.
        attrs: its attributes.

    Returns:
        Attributes that Bazel's own rules support.
    """
    attrs = dict(attrs)
    module = attrs.pop("main_module", "")
    if not module:
        return attrs
    if "main" in attrs:
        fail("Only one of main and main_module can be set, got {} and {}.".format(attrs["main"], module))
    main = "{}_main_module.py".format(name)
    write_file(
        name = "{}_write_main_module".format(name),
        out = main,
        content = [_MAIN.format(module = repr(module))],
        tags = ["manual"],
        testonly = attrs.get("testonly", False),
    )
    return attrs | {"main": main, "srcs": attrs.get("srcs", []) + [main]}
