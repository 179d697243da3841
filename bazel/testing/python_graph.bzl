"""python_graph: the modules and the dependencies of Python libraries."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//bazel/images:image_layers.bzl", "library_files", "module_entries")
load("//bazel/private:installed.bzl", "SITE_PACKAGES", "is_packed")

visibility("//bazel/...")

_PythonGraphInfo = provider(
    doc = "Libraries and components, each with its dependencies.",
    fields = {
        "components": "depset of structs: name of a component's function, label of its library.",
        "libraries": "depset of structs: label, deps, modules by path, and files of an installed distribution.",
        "sources": "depset of Files: the modules that belong to no installed distribution.",
    },
)

def _collect_impl(target, ctx):
    if ctx.rule.kind == "kfp_components":
        libraries = ctx.rule.attr.libraries
        return [_PythonGraphInfo(
            components = depset([
                struct(name = name, library = str(library.label))
                for name, library in zip(ctx.rule.attr.components, libraries)
            ]),
            libraries = depset(transitive = [each[_PythonGraphInfo].libraries for each in libraries]),
            sources = depset(transitive = [each[_PythonGraphInfo].sources for each in libraries]),
        )]
    if PyInfo not in target or not hasattr(ctx.rule.attr, "imports"):
        return []
    deps = [dep for dep in ctx.rule.attr.deps if _PythonGraphInfo in dep]
    entries = [(path, file) for path, file in module_entries(target, ctx) if file.extension == "py"]
    own = struct(
        label = str(ctx.label),
        deps = tuple([str(dep.label) for dep in deps]),
        modules = tuple(entries),
        installed = tuple([file for file in library_files(ctx) if is_packed(file)]),
    )
    return [_PythonGraphInfo(
        components = depset(),
        libraries = depset([own], transitive = [dep[_PythonGraphInfo].libraries for dep in deps]),
        sources = depset(
            [file for _, file in entries],
            transitive = [dep[_PythonGraphInfo].sources for dep in deps],
        ),
    )]

_collect = aspect(
    implementation = _collect_impl,
    doc = "Collects the modules and the dependencies of Python libraries.",
    attr_aspects = [
        "deps",
        "libraries",
    ],
)

def _lines_of_library(library):
    lines = ["library\t{}\t{}".format(library.label.lstrip("@"), " ".join([dep.lstrip("@") for dep in library.deps]))]
    lines += ["module\t{}\t{}".format(path, file.short_path) for path, file in library.modules]
    for file in library.installed:
        if file.extension in ("py", "so") or file.path.endswith(".dist-info/METADATA"):
            lines.append("installed\t" + file.path.split(SITE_PACKAGES + "/", 1)[1])
    return lines

def _line_of_component(component):
    return "component\t{}\t{}".format(component.name, component.library.lstrip("@"))

def _python_graph_impl(ctx):
    infos = [target[_PythonGraphInfo] for target in ctx.attr.deps]
    args = ctx.actions.args()
    args.set_param_file_format("multiline")
    args.add_all(depset(transitive = [info.libraries for info in infos]), map_each = _lines_of_library)
    args.add_all(depset(transitive = [info.components for info in infos]), map_each = _line_of_component)
    out = ctx.actions.declare_file(ctx.label.name + ".tsv")
    ctx.actions.write(out, args)
    sources = depset(transitive = [info.sources for info in infos])
    return DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out], transitive_files = sources))

python_graph = rule(
    implementation = _python_graph_impl,
    doc = """Lists the libraries that targets depend on, one per line and followed by their modules.

The fields of a line are separated by tabs: `library LABEL DEPS`, `module PATH FILE`, `installed PATH`,
`component FUNCTION LIBRARY`.""",
    attrs = {
        "deps": attr.label_list(
            mandatory = True,
            aspects = [_collect],
            doc = "Python libraries, and kfp_components.",
        ),
    },
)
