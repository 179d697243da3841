"""wheel_metadata_layer: the files that an installer adds besides a wheel's modules."""

load(":layer.bzl", "IN_IMAGE", "LayerInfo", "layer_providers", "pack_layer")

visibility("//bazel/...")

def _wheel_metadata_layer_impl(ctx):
    def add(args):
        args.add(IN_IMAGE, format = "--prefix=%s")
        args.add(ctx.file.wheel, format = "--wheel=%s")

    inputs = depset([ctx.file.wheel])
    return layer_providers(pack_layer(ctx, ctx.label.name, add, inputs, ctx.executable._tool, "WheelMetadata"))

wheel_metadata_layer = rule(
    implementation = _wheel_metadata_layer_impl,
    provides = [LayerInfo],
    doc = "Marks a wheel as installed in an image that has the wheel's modules.",
    attrs = {
        "wheel": attr.label(
            mandatory = True,
            allow_single_file = [".whl"],
            doc = "The wheel. It must be pure Python, without scripts.",
        ),
        "_tool": attr.label(
            default = ":wheel_metadata_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
