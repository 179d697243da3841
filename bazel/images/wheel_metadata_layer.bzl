"""wheel_metadata_layer: what an installer leaves of a wheel beside its modules."""

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
    doc = "Says in an image that has a wheel's modules that the wheel is installed there.",
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
