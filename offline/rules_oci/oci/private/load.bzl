"""The rule behind oci_load."""

load(":runfiles.bzl", "RLOCATION", "rlocation_path")

visibility("//oci")

def _write_tarball(ctx):
    """The archive as a file, which is built only if the output group `tarball` is requested."""
    tarball = ctx.actions.declare_file("{}/tarball.tar".format(ctx.label.name))
    ctx.actions.run(
        executable = ctx.executable._archive,
        arguments = [ctx.attr.format, ctx.file.image.path, ctx.file.repo_tags.path, tarball.path],
        inputs = depset(
            [ctx.file.image, ctx.file.repo_tags],
            transitive = [ctx.attr.image[DefaultInfo].default_runfiles.files],
        ),
        outputs = [tarball],
        mnemonic = "OCITarball",
        toolchain = None,
    )
    return tarball

def _oci_load_impl(ctx):
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = script,
        is_executable = True,
        substitutions = {
            "{{archive}}": rlocation_path(ctx, ctx.executable._archive_at_run),
            "{{format}}": ctx.attr.format,
            "{{image}}": rlocation_path(ctx, ctx.file.image),
            "{{loader}}": rlocation_path(ctx, ctx.executable.loader),
            "{{rlocation}}": RLOCATION,
            "{{tags}}": rlocation_path(ctx, ctx.file.repo_tags),
        },
    )
    runfiles = ctx.runfiles([ctx.file.image, ctx.file.repo_tags]).merge_all([
        target[DefaultInfo].default_runfiles
        for target in [ctx.attr.image, ctx.attr._archive_at_run, ctx.attr.loader]
        if target
    ])
    return [
        DefaultInfo(executable = script, runfiles = runfiles),
        OutputGroupInfo(tarball = depset([_write_tarball(ctx)])),
    ]

oci_load = rule(
    implementation = _oci_load_impl,
    doc = "Loads an image into the container engine of this machine.",
    executable = True,
    attrs = {
        "format": attr.string(
            default = "docker",
            values = ["docker", "oci"],
            doc = "`docker` for an image, `oci` for an index.",
        ),
        "image": attr.label(mandatory = True, allow_single_file = True, doc = "The image or the index."),
        "loader": attr.label(
            allow_files = True,
            executable = True,
            cfg = "target",
            doc = "A program that is run as `LOADER load --input ARCHIVE`. The default is docker, podman or nerdctl.",
        ),
        "repo_tags": attr.label(
            mandatory = True,
            allow_single_file = [".txt"],
            doc = "A file with one `REPOSITORY:TAG` per line.",
        ),
        "_archive": attr.label(default = ":archive", executable = True, cfg = "exec"),
        "_archive_at_run": attr.label(default = ":archive", executable = True, cfg = "target"),
        "_template": attr.label(default = ":load.sh.tpl", allow_single_file = True),
    },
)
