"""What the rules that make layers have in common: a layer, and what an image says of it."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//bazel/...")

# Where an image has Python code, relative to its root: a neutral place, which PYTHONPATH names.
IN_IMAGE = "opt/site-packages"

LayerInfo = provider(
    doc = "One layer of an image.",
    fields = {
        "descriptor": "File: its digest, its size and the digest of its content, as JSON.",
        "tar": "File: the layer, a gzipped tar.",
    },
)

def pack_layer(ctx, name, add_args, inputs, tool, mnemonic):
    """Runs a tool that writes a layer.

    Args:
        ctx: the context of a rule, or of an aspect.
        name: what the layer's files are called, without a suffix.
        add_args: function that adds the tool's own arguments to what it gets.
        inputs: depset of the files it reads.
        tool: the tool, a FilesToRunProvider or File.
        mnemonic: the action's mnemonic.

    Returns:
        LayerInfo.
    """
    tar = ctx.actions.declare_file(name + ".tar.gz")
    descriptor = ctx.actions.declare_file(name + ".layer.json")
    args = tool_args(ctx, [tar])
    args.add(descriptor, format = "--descriptor=%s")
    add_args(args)
    run_tool(ctx, [tar, descriptor], args, inputs, mnemonic, "Packing", tool)
    return LayerInfo(tar = tar, descriptor = descriptor)

def pack_files(ctx, name, entries, tool):
    """Packs Python files, with their bytecode, into a layer.

    Args:
        ctx: the context of a rule, or of an aspect.
        name: what the layer's files are called, without a suffix.
        entries: pairs of a path, relative to where an image has Python code, and a File.
        tool: the executable py_layer_main.

    Returns:
        LayerInfo.
    """

    def add(args):
        args.add(IN_IMAGE, format = "--prefix=%s")
        args.add_all(["{}\t{}".format(path, file.path) for path, file in entries])

    return pack_layer(ctx, name, add, depset([file for _, file in entries]), tool, "ImageLayer")

def layer_providers(layer):
    """Returns what a rule of one layer provides: as its files the tar alone, for oci_image.

    Args:
        layer: the LayerInfo.
    """
    return [DefaultInfo(files = depset([layer.tar])), layer]
