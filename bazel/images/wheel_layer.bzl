"""wheel_layer: a wheel as it would be installed, as layers of an image."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//bazel/...")

def _wheel_layer_impl(ctx):
    outs = [
        ctx.actions.declare_file("{}.{}.tar.gz".format(ctx.label.name, number))
        for number in range(ctx.attr.layers)
    ]
    args = tool_args(ctx, outs)
    args.add(ctx.attr.prefix, format = "--prefix=%s")
    args.add(ctx.file.wheel, format = "--wheel=%s")
    return run_tool(ctx, outs, args, depset([ctx.file.wheel]), "WheelLayer", "Packing")

wheel_layer = rule(
    implementation = _wheel_layer_impl,
    doc = "Installs a wheel into layers: metadata and version then match by construction.",
    attrs = {
        "layers": attr.int(
            default = 1,
            doc = "How many layers its files are spread over. An edited module changes one of them.",
        ),
        "prefix": attr.string(
            mandatory = True,
            doc = "Folder in the image that is on PYTHONPATH, without a leading slash.",
        ),
        "wheel": attr.label(
            mandatory = True,
            allow_single_file = [".whl"],
            doc = "The wheel. It must be pure Python, without scripts.",
        ),
        "_tool": attr.label(
            default = ":wheel_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
