"""The labels and annotations of an image and of an index of images."""

visibility("//bazel/...")

TITLE = "org.opencontainers.image.title"

DESCRIPTION = {
    "base_digest": attr.label(
        allow_single_file = True,
        doc = "A file that holds the base's digest, if it is not that of `base`.",
    ),
    "base_name": attr.label(
        allow_single_file = True,
        doc = "A file that holds the base's reference, such as `docker.io/library/python:3.13-slim`.",
    ),
    "labels": attr.string_dict(doc = "Labels and annotations, such as `org.opencontainers.image.title`."),
    "stamp": attr.bool(doc = "Whether labels and annotations name the commit from the workspace status."),
}

def add_description(ctx, args, labels):
    """Adds the description of an image to the arguments of a tool.

    Args:
        ctx: the context of a rule with the attributes DESCRIPTION.
        args: the arguments.
        labels: labels in addition to those of the attribute.

    Returns:
        The files with parts of the description, which the tool reads.
    """
    args.add_all(["{}={}".format(key, value) for key, value in (labels | ctx.attr.labels).items()], format_each = "--label=%s")
    files = {"--base_digest=%s": ctx.file.base_digest, "--base_name=%s": ctx.file.base_name}
    if ctx.attr.stamp:
        files["--status=%s"] = ctx.info_file
    given = {format: file for format, file in files.items() if file}
    for format, file in given.items():
        args.add(file, format = format)
    return given.values()
