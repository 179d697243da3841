"""The tests of an image on both shapes of a base: Python below /usr, and below /usr/local."""

load("//bazel:defs.bzl", "pytest_test")
load("//bazel/private:tool.bzl", "layout_files", "run_tool", "tool_args")

visibility("private")

def _other_base_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    args = tool_args(ctx, [out])
    args.add(ctx.file.base.path, format = "--base=%s")
    args.add(ctx.file._pip, format = "--pip=%s")
    linked = layout_files(ctx.attr.base)
    inputs = depset([ctx.file._pip], transitive = [linked])
    run_tool(ctx, [out], args, inputs, "OtherBase", "Moving the Python of")
    return DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles([out], transitive_files = linked),
    )

other_base = rule(
    implementation = _other_base_impl,
    doc = "A base of the other shape; see other_base.py.",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The base, an image layout of one platform.",
        ),
        "_pip": attr.label(
            default = "@pip//pip:whl",
            allow_single_file = True,
        ),
        "_tool": attr.label(
            default = ":other_base_main",
            executable = True,
            cfg = "exec",
        ),
    },
)

def test_on_both_bases(name, image, other, **kwargs):
    """A test of //:image, and the same of the image on the other base.

    Targets produced:
        NAME_test, NAME_other_base_test

    Args:
        name: name of the tests without `_test`.
        image: environment variables that differ, by name: targets of the image's files.
        other: the same for the image on the other base.
        **kwargs: attributes of pytest_test, which have what both tests share.
    """
    data = kwargs.pop("data", [])
    env = kwargs.pop("env", {})
    for suffix, targets in {"_test": image, "_other_base_test": other}.items():
        pytest_test(
            name = name + suffix,
            data = data + targets.values(),
            env = env | {key: "$(rootpath {})".format(target) for key, target in targets.items()},
            **kwargs
        )
