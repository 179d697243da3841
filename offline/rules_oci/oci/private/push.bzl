"""The rule behind oci_push."""

load(":runfiles.bzl", "RLOCATION", "rlocation_path")

visibility("//oci")

_CRANE = "//oci:crane_toolchain_type"

def _check(ctx):
    if not ctx.file.image.is_directory:
        fail("image attribute must be a oci_image or oci_image_index")
    _, _, name = ctx.attr.repository.rpartition("/")
    if ":" in name or "@" in name:
        fail("`repository` attribute should not contain digest or tag. got: {}".format(ctx.attr.repository))

def _oci_push_impl(ctx):
    _check(ctx)
    crane = ctx.toolchains[_CRANE]
    script = ctx.actions.declare_file("push_{}.sh".format(ctx.label.name))

    # A repository name is more specific than a file, so the name wins if both are given.
    repository_file = None if ctx.attr.repository else ctx.file.repository_file
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = script,
        is_executable = True,
        substitutions = {
            "{{crane}}": rlocation_path(ctx, crane.crane_info.binary),
            "{{image}}": rlocation_path(ctx, ctx.file.image),
            "{{repository_file}}": rlocation_path(ctx, repository_file),
            "{{repository}}": ctx.attr.repository,
            "{{rlocation}}": RLOCATION,
            "{{tags}}": rlocation_path(ctx, ctx.file.remote_tags),
        },
    )
    runfiles = ctx.runfiles([
        file
        for file in [ctx.file.image, repository_file, ctx.file.remote_tags]
        if file
    ]).merge_all([ctx.attr.image[DefaultInfo].default_runfiles, crane.default.default_runfiles])
    return DefaultInfo(executable = script, runfiles = runfiles)

oci_push = rule(
    implementation = _oci_push_impl,
    doc = "Pushes an image by its digest, then adds its tags, one after another.",
    executable = True,
    attrs = {
        "image": attr.label(mandatory = True, allow_single_file = True, doc = "The image or the index."),
        "remote_tags": attr.label(allow_single_file = True, doc = "A file with one tag per line."),
        "repository": attr.string(doc = "The repository to push to, without tag or digest. `--repository` overrides it."),
        "repository_file": attr.label(allow_single_file = True, doc = "A file that holds the repository."),
        "_template": attr.label(default = ":push.sh.tpl", allow_single_file = True),
    },
    toolchains = [_CRANE],
)
