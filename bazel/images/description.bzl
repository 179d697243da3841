"""What an image, and an index of images, says of itself."""

visibility("//bazel/...")

TITLE = "org.opencontainers.image.title"

DESCRIPTION = {
    "base_digest": attr.label(
        allow_single_file = True,
        doc = "A file that holds the base's digest, where it is not that of `base`.",
    ),
    "base_name": attr.label(
        allow_single_file = True,
        doc = "A file that holds the base's reference, such as `docker.io/library/python:3.13-slim`.",
    ),
    "labels": attr.string_dict(doc = "Labels and annotations, such as `org.opencontainers.image.title`."),
    "stamp": attr.bool(doc = "Whether it says of which commit it is, as the workspace status has it."),
}

def add_description(ctx, args, labels):
    """Adds what describes an image to the arguments of a tool.

    Args:
        ctx: the context of a rule with the attributes DESCRIPTION.
        args: the arguments.
        labels: labels beside those of the attribute.

    Returns:
        The files that the tool reads for it.
    """
    args.add_all(["{}={}".format(key, value) for key, value in (labels | ctx.attr.labels).items()], format_each = "--label=%s")
    files = {"--base_digest=%s": ctx.file.base_digest, "--base_name=%s": ctx.file.base_name}
    if ctx.attr.stamp:
        files["--status=%s"] = ctx.info_file
    given = {format: file for format, file in files.items() if file}
    for format, file in given.items():
        args.add(file, format = format)
    return given.values()
