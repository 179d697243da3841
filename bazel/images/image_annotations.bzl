"""image_annotations: what an image says of itself, for oci_image and image_index."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//...")

def _image_annotations_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".txt")
    args = tool_args(ctx, [out])
    files = {
        name: getattr(ctx.file, name)
        for name in ["base", "base_name", "labels"]
        if getattr(ctx.file, name)
    }
    for name, file in files.items():
        args.add(file.path, format = "--{}=%s".format(name))
    return run_tool(ctx, [out], args, depset(files.values()), "ImageAnnotations", "Describing")

image_annotations = rule(
    implementation = _image_annotations_impl,
    doc = "Annotations: an image's labels, and which base it has, as lines of `KEY=VALUE`.",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The base's layout, or a file that holds its digest.",
        ),
        "base_name": attr.label(
            allow_single_file = True,
            doc = "A file that holds the base's reference, such as `docker.io/library/python:3.13-slim`.",
        ),
        "labels": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The image's labels, a file of `KEY=VALUE` lines.",
        ),
        "_tool": attr.label(
            default = ":image_annotations_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
