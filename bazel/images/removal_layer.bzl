"""removal_layer: a layer that removes files of an image's base."""

load("//bazel/private:tool.bzl", "layout_files")
load(":layer.bzl", "LayerInfo", "layer_providers", "pack_layer")

visibility("//bazel/...")

def _removal_layer_impl(ctx):
    def add(args):
        args.add(ctx.file.base.path, format = "--base=%s")
        args.add_all(ctx.attr.remove, format_each = "--remove=%s")

    inputs = layout_files(ctx.attr.base)
    return layer_providers(pack_layer(ctx, ctx.label.name, add, inputs, ctx.executable._tool, "RemovalLayer"))

removal_layer = rule(
    implementation = _removal_layer_impl,
    provides = [LayerInfo],
    doc = """Removes files of the base that containers should not have, such as an installer.

The files remain in the layers of the base, but no container sees them. kfp_image makes this layer
itself.

Example:
    removal_layer(
        name = "removals",
        base = "@python_base_linux_amd64",
        remove = ["usr/local/bin/pip*"],
    )

Targets produced:
    NAME: NAME.tar.gz, the layer.
""",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The image's base, an image layout.",
        ),
        "remove": attr.string_list(
            mandatory = True,
            doc = "Globs, relative to the root. They need not match any file of the base.",
        ),
        "_tool": attr.label(
            default = ":removal_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
