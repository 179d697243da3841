"""plain_base: a base image without what it says of itself."""

load("//bazel/private:tool.bzl", "layout_files", "run_tool", "tool_args")

visibility("//...")

def _plain_base_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    args = tool_args(ctx, [out])
    args.add(ctx.file.base.path, format = "--base=%s")
    linked = layout_files(ctx.attr.base)
    run_tool(ctx, [out], args, linked, "PlainBase", "Taking the description off")
    return DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles([out], transitive_files = linked),
    )

plain_base = rule(
    implementation = _plain_base_impl,
    doc = """Takes from a base its annotations, and the labels that OCI predefines.

oci_image hands a base's annotations and labels on, as if they were those of the image: the version,
source and revision of Docker's Python. Builders inherit labels, so others stay: some are read by tools.
Layers, environment and command are as they were.""",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The base, an image layout of one platform.",
        ),
        "_tool": attr.label(
            default = ":plain_base_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
