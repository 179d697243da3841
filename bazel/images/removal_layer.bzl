"""removal_layer: takes files of the base away, as one layer of an image."""

load("//bazel/private:tool.bzl", "layout_files", "run_tool", "tool_args")

visibility("//bazel/...")

def _removal_layer_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar.gz")
    args = tool_args(ctx, [out])
    args.add(ctx.file.base.path, format = "--base=%s")
    args.add_all(ctx.attr.remove, format_each = "--remove=%s")
    return run_tool(ctx, [out], args, layout_files(ctx.attr.base), "RemovalLayer", "Packing")

removal_layer = rule(
    implementation = _removal_layer_impl,
    doc = "Removes what the base has and no container of this image should, such as an installer.",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The image's base, an image layout.",
        ),
        "remove": attr.string_list(
            mandatory = True,
            doc = "Globs, relative to the root. A base need not have what they match.",
        ),
        "_tool": attr.label(
            default = ":removal_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
