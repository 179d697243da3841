"""The common part of the rules that make layers: a layer and its descriptor."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//bazel/...")

# The folder of Python code in an image, relative to its root: a neutral place on PYTHONPATH.
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
        name: the name of the layer's files, without a suffix.
        add_args: function that adds the tool's own arguments to its parameter.
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
        name: the name of the layer's files, without a suffix.
        entries: pairs of a path, relative to an image's folder of Python code, and a File.
        tool: the executable py_layer_main.

    Returns:
        LayerInfo.
    """

    def add(args):
        args.add(IN_IMAGE, format = "--prefix=%s")
        args.add_all(["{}\t{}".format(path, file.path) for path, file in entries])

    return pack_layer(ctx, name, add, depset([file for _, file in entries]), tool, "ImageLayer")

def layer_providers(layer):
    """Returns the providers of a rule for one layer, whose only file is the tar, as oci_image expects.

    Args:
        layer: the LayerInfo.
    """
    return [DefaultInfo(files = depset([layer.tar])), layer]
