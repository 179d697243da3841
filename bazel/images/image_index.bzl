"""image_index: images of several platforms under one digest."""

load("//bazel/private:tool.bzl", "layout_files", "run_tool", "tool_args")

visibility("//...")

def _image_index_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    args = tool_args(ctx, [out])
    args.add(ctx.outputs.digest.path, format = "--digest=%s")
    args.add(ctx.file.annotations, format = "--annotations=%s")
    args.add_all(ctx.files.images, expand_directories = False)
    linked = depset(transitive = [layout_files(image) for image in ctx.attr.images])
    inputs = depset([ctx.file.annotations], transitive = [linked])
    run_tool(ctx, [out, ctx.outputs.digest], args, inputs, "ImageIndex", "Gathering the images of")
    return DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles([out], transitive_files = linked),
    )

_image_index = rule(
    implementation = _image_index_impl,
    doc = "An OCI layout with an index of images, and a file with its digest.",
    attrs = {
        "annotations": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "What the index says of itself, a file of `KEY=VALUE` lines.",
        ),
        "digest": attr.output(
            mandatory = True,
            doc = "The file with the digest.",
        ),
        "images": attr.label_list(
            mandatory = True,
            allow_files = True,
            doc = "Image layouts of one image each, in the order in which the index has them.",
        ),
        "_tool": attr.label(
            default = ":image_index_main",
            executable = True,
            cfg = "exec",
        ),
    },
)

def image_index(name, images, annotations, **kwargs):
    """Images under one index.

    In place of oci_image_index, which in rules_oci 2.3.0 knows no annotations, and copies every layer.

    Targets produced:
        NAME: the directory of the index's OCI layout.
        NAME.digest: a file that holds its digest.

    Args:
        name: name of the index.
        images: the images, in the order in which the index has them.
        annotations: what the index says of itself, a file of `KEY=VALUE` lines.
        **kwargs: attributes of every target, such as `tags`.
    """
    _image_index(
        name = name,
        annotations = annotations,
        digest = name + ".digest",
        images = images,
        **kwargs
    )
