"""py_package: the files of selected packages among everything that libraries depend on."""

load(":wheel_path.bzl", "wheel_path")

visibility("//python")

def _py_package_impl(ctx):
    inputs = []
    for dep in ctx.attr.deps:
        inputs += [dep[DefaultInfo].data_runfiles.files, dep[DefaultInfo].default_runfiles.files]
        if PyInfo in dep:
            inputs.append(dep[PyInfo].transitive_sources)
    files = depset(transitive = inputs)
    folders = tuple([package.replace(".", "/") for package in ctx.attr.packages])
    if not folders:
        return DefaultInfo(files = files)
    return DefaultInfo(files = depset([
        file
        for file in files.to_list()
        if wheel_path(file).startswith(folders)
    ]))

py_package = rule(
    implementation = _py_package_impl,
    doc = "Selects the files of Python packages, including subpackages, for a py_wheel.",
    attrs = {
        "deps": attr.label_list(doc = "Libraries."),
        "packages": attr.string_list(doc = "Packages, such as `a.b`; if empty, all files are selected."),
    },
)
