"""bytecode_layer: the bytecode that a base's standard library lacks, as one layer."""

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

Python base images come without bytecode, and a pod with a read-only root file system cannot store
any, so every pod would compile all of its imports again. The layer is empty for a base without this
build's Python. kfp_image makes this layer itself.

Example:
    bytecode_layer(
        name = "bytecode",
        base = "@python_base_linux_amd64",
        modules = ["argparse.py", "json/*.py"],
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
        "modules": attr.string_list(
            mandatory = True,
            doc = "Globs, relative to the standard library. Modules that the base does not have are left out.",
        ),
        "_tool": attr.label(
            default = ":bytecode_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
