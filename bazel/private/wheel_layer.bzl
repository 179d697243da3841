"""wheel_layer: a wheel as it would be installed, as one layer of an image."""

visibility("//bazel/...")

def _wheel_layer_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar.gz")
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [out.path, ctx.attr.prefix, ctx.file.wheel.path],
        inputs = [ctx.file.wheel],
        outputs = [out],
        mnemonic = "WheelLayer",
        progress_message = "Packing %{label}",
    )
    return DefaultInfo(files = depset([out]))

wheel_layer = rule(
    implementation = _wheel_layer_impl,
    doc = "Unpacks a wheel into a layer: metadata and version then match by construction.",
    attrs = {
        "prefix": attr.string(mandatory = True, doc = "Folder in the image, without a leading slash."),
        "wheel": attr.label(mandatory = True, allow_single_file = [".whl"], doc = "The wheel."),
        "_tool": attr.label(default = ":wheel_layer_tool", executable = True, cfg = "exec"),
    },
)
