"""py_layer: locked distributions, as one layer of an image."""

visibility("//bazel/...")

_SITE = "/site-packages/"

def _own(dep, files):
    return [f for f in files if f.owner.workspace_name == dep.label.workspace_name]

def _installed(dep, transitive):
    files = dep[DefaultInfo].default_runfiles.files.to_list()
    return [
        f
        for f in (files if transitive else _own(dep, files))
        if f.is_source and _SITE in f.path
    ]

def _py_layer_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar.gz")
    listing = ctx.actions.declare_file(ctx.label.name + ".files")
    files = depset([f for d in ctx.attr.deps for f in _installed(d, ctx.attr.transitive)]).to_list()
    lines = ["{}/{}\t{}".format(ctx.attr.prefix, f.path.split(_SITE, 1)[1], f.path) for f in files]
    ctx.actions.write(listing, "".join([line + "\n" for line in sorted(lines)]))
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [out.path, listing.path],
        inputs = files + [listing],
        outputs = [out],
        mnemonic = "PyLayer",
        progress_message = "Packing %{label}",
    )
    return DefaultInfo(files = depset([out]))

py_layer = rule(
    implementation = _py_layer_impl,
    doc = "Packs the files of locked distributions into a layer.",
    attrs = {
        "deps": attr.label_list(mandatory = True, doc = "Distributions, such as `@pip//numpy`."),
        "prefix": attr.string(mandatory = True, doc = "Folder in the image, without a leading slash."),
        "transitive": attr.bool(default = True, doc = "Whether the distributions that `deps` require come along."),
        "_tool": attr.label(default = ":py_layer_tool", executable = True, cfg = "exec"),
    },
)
