"""py_layer: locked distributions as one layer of an image."""

load("//bazel/private:installed.bzl", "SITE_PACKAGES", "is_packed")
load(":layer.bzl", "IN_IMAGE", "LayerInfo", "layer_providers", "pack_layer")
load(":platform_transition.bzl", "PLATFORM", "platform_transition")

visibility("//bazel/...")

PyLayerInfo = provider(
    doc = "The distributions that a py_layer handles, for the layers above it.",
    fields = {
        "repositories": "list of strings: the repositories of its distributions.",
        "sources": "depset of Files: the files of its distributions, whether packed or excluded.",
    },
)

def _files_of(dep, transitive):
    files = dep[DefaultInfo].default_runfiles.files.to_list()
    own = {f.owner.repo_name: None for f in dep[DefaultInfo].files.to_list()}
    return [
        f
        for f in files
        # Generated files are Bazel's additions to a distribution.
        if f.is_source and is_packed(f) and (transitive or f.owner.repo_name in own)
    ]

def _entry(file):
    return file.path.split(SITE_PACKAGES + "/", 1)[1] + "\t" + file.path

def _sources(ctx):
    below = depset(transitive = [layer[PyLayerInfo].sources for layer in ctx.attr.below])
    already = {f: None for f in below.to_list()}
    found = depset([f for dep in ctx.attr.deps for f in _files_of(dep, ctx.attr.transitive)])
    sources = [f for f in found.to_list() if f not in already]
    if not sources:
        fail(("{}.deps must hold files that no layer of `below` has, got {}. " +
              "Name installed distributions, such as @pip//numpy.").format(
            ctx.label.name,
            [str(dep.label) for dep in ctx.attr.deps],
        ))
    return sources

def _py_layer_impl(ctx):
    sources = _sources(ctx)

    def add(args):
        args.add(ctx.attr.prefix, format = "--prefix=%s")
        args.add_all(ctx.attr.exclude, format_each = "--exclude=%s")
        args.add_all(ctx.attr.exclude_if_there, format_each = "--exclude_if_there=%s")
        args.add_all(sources, map_each = _entry)

    layer = pack_layer(ctx, ctx.label.name, add, depset(sources), ctx.executable._tool, "PyLayer")
    return layer_providers(layer) + [PyLayerInfo(
        repositories = {file.owner.repo_name: None for file in sources}.keys(),
        sources = depset(sources),
    )]

py_layer = rule(
    implementation = _py_layer_impl,
    provides = [LayerInfo, PyLayerInfo],
    doc = """Packs locked distributions into a layer, with bytecode that never goes stale.

kfp_image packs every distribution into a layer of its own. This rule is for distributions that must be
trimmed, or that belong together.

Example:
    py_layer(
        name = "numpy_layer",
        exclude = ["numpy/**/tests/**"],
        deps = ["@pip//numpy"],
    )

Targets produced:
    NAME: NAME.tar.gz, the layer.
""",
    attrs = {
        "below": attr.label_list(
            providers = [PyLayerInfo],
            doc = "Layers below this one in the image; the distributions that they handle are left out.",
        ),
        "deps": attr.label_list(
            mandatory = True,
            cfg = platform_transition,
            doc = "Distributions, such as `@pip//numpy`.",
        ),
        "exclude": attr.string_list(
            doc = "Globs, relative to site-packages, of files to leave out. Each must match a file.",
        ),
        "exclude_if_there": attr.string_list(
            doc = "Further such globs, which need not match, since not every version has these files.",
        ),
        "platform": PLATFORM,
        "prefix": attr.string(
            default = IN_IMAGE,
            doc = "Folder in the image that is on PYTHONPATH, without a leading slash.",
        ),
        "transitive": attr.bool(
            default = True,
            doc = "Whether to include the distributions that `deps` require.",
        ),
        "_tool": attr.label(
            default = ":py_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
