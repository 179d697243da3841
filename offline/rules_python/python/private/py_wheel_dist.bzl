"""py_wheel_dist: a folder from which a wheel can be published."""

load(":py_wheel.bzl", "PyWheelInfo")

visibility("//python")

def _py_wheel_dist_impl(ctx):
    out = ctx.actions.declare_directory(ctx.attr.out)
    info = ctx.attr.wheel[PyWheelInfo]
    ctx.actions.run_shell(
        inputs = [info.wheel, info.name_file],
        outputs = [out],
        arguments = [info.wheel.path, info.name_file.path, out.path],
        command = 'cp "$1" "$3/$(cat "$2")"',
        mnemonic = "PyWheelDistDir",
        toolchain = None,
    )
    return DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))

py_wheel_dist = rule(
    implementation = _py_wheel_dist_impl,
    doc = "A folder that contains a wheel under its final name, with the stamped version.",
    attrs = {
        "out": attr.string(mandatory = True, doc = "Name of the folder."),
        "wheel": attr.label(providers = [PyWheelInfo], doc = "The wheel."),
    },
)
