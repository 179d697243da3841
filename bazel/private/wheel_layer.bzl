"""wheel_layer: a wheel as it would be installed, as one layer of an image."""

visibility("//bazel/...")

def _wheel_layer_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar.gz")
    args = ctx.actions.args()
    args.add("--owner", str(ctx.label))
    args.add("--out", out)
    args.add("--prefix", ctx.attr.prefix)
    args.add("--wheel", ctx.file.wheel)
    ctx.actions.run(
        executable = ctx.executable._installer,
        arguments = [args],
        inputs = [ctx.file.wheel],
        outputs = [out],
        mnemonic = "WheelLayer",
        progress_message = "Packing %{label}",
    )
    return DefaultInfo(files = depset([out]))

wheel_layer = rule(
    implementation = _wheel_layer_impl,
    doc = "Installs a wheel into a layer: metadata and version then match by construction.",
    attrs = {
        "prefix": attr.string(
            mandatory = True,
            doc = "Folder in the image that is on PYTHONPATH, without a leading slash.",
        ),
        "wheel": attr.label(
            mandatory = True,
            allow_single_file = [".whl"],
            doc = "The wheel. It must be pure Python, without scripts.",
        ),
        "_installer": attr.label(
            default = ":wheel_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
