"""removal_layer: takes files of the base away, as one layer of an image."""

visibility("//bazel/...")

def _removal_layer_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar.gz")
    args = ctx.actions.args()
    args.add("--owner", str(ctx.label))
    args.add("--out", out)
    args.add("--base", ctx.file.base.path)
    args.add_all(ctx.attr.remove, format_each = "--remove=%s")
    ctx.actions.run(
        executable = ctx.executable._remover,
        arguments = [args],
        # A layout may hold links to files that are the base's runfiles.
        inputs = depset([ctx.file.base], transitive = [ctx.attr.base[DefaultInfo].default_runfiles.files]),
        outputs = [out],
        mnemonic = "RemovalLayer",
        progress_message = "Packing %{label}",
    )
    return DefaultInfo(files = depset([out]))

removal_layer = rule(
    implementation = _removal_layer_impl,
    doc = "Removes what the base has and no container of this image should, such as an installer.",
    attrs = {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The image's base, an image layout.",
        ),
        "remove": attr.string_list(
            mandatory = True,
            doc = "Globs, relative to the root. A base need not have what they match.",
        ),
        "_remover": attr.label(
            default = ":removal_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
