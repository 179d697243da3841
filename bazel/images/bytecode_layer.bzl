"""bytecode_layer: the bytecode that a base's standard library comes without, as one layer."""

load("//bazel/private:tool.bzl", "layout_files")
load(":layer.bzl", "LayerInfo", "layer_providers", "pack_layer")

visibility("//bazel/...")

def _bytecode_layer_impl(ctx):
    def add(args):
        args.add(ctx.file.base.path, format = "--base=%s")
        args.add_all(ctx.attr.modules)

    inputs = layout_files(ctx.attr.base)
    return layer_providers(pack_layer(ctx, ctx.label.name, add, inputs, ctx.executable._tool, "BytecodeLayer"))

bytecode_layer = rule(
    implementation = _bytecode_layer_impl,
    provides = [LayerInfo],
    doc = """Compiles modules of the base's standard library.

Bases of Python come without bytecode, and a pod whose root file system is read-only keeps none:
each would compile again what it imports. The layer is empty for a base without this build's Python.""",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The image's base, an image layout.",
        ),
        "modules": attr.string_list(
            mandatory = True,
            doc = "Globs, relative to the standard library. What the base does not have is left out.",
        ),
        "_tool": attr.label(
            default = ":bytecode_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
