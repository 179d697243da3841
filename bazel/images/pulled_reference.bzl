"""pulled_reference: the reference of the image of an oci.pull."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//...")

def _pulled_reference_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".txt")
    args = tool_args(ctx, [out])
    args.add(ctx.file.module, format = "--module=%s")
    args.add(ctx.attr.pull, format = "--pull=%s")
    return run_tool(ctx, [out], args, depset([ctx.file.module]), "PulledReference", "Reading")

pulled_reference = rule(
    implementation = _pulled_reference_impl,
    doc = """Reads the reference IMAGE:TAG of an image from the MODULE.bazel that pulls it.

It is the `base_name` of a kfp_image, so that nobody has to repeat the name of the base.

Example:
    pulled_reference(
        name = "base_name",
        module = "//:MODULE.bazel",
        pull = "python_base",
    )

Targets produced:
    NAME: NAME.txt, the reference.
""",
    attrs = {
        "module": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The MODULE.bazel.",
        ),
        "pull": attr.string(
            mandatory = True,
            doc = "The `name` of the `oci.pull`, which must have a `tag` in addition to its `digest`.",
        ),
        "_tool": attr.label(
            default = ":pulled_reference_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
