"""image_layers: the imports of a library, with one layer per distribution and one per library."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//bazel/private:installed.bzl", "SITE_PACKAGES", "is_installed", "is_packed")
load(":layer.bzl", "pack_files")

visibility("//bazel/...")

ImageLayersInfo = provider(
    doc = "The layers that an image needs so that a library can be imported.",
    fields = {
        "distributions": "depset of structs: repository of an installed distribution, its name, and its LayerInfo.",
        "modules": "depset of structs: the modules of each library outside of distributions: package, entries for pack_files, and their LayerInfo.",
        "packed": "list of Files: the files of the distribution that this library or one of its dependencies belongs to.",
    },
)

KfpComponentsInfo = provider(
    doc = "Components, each with the layers that its image needs.",
    fields = {"components": "dict: ImageLayersInfo by the name of a component's function."},
)

def library_files(ctx):
    """Returns the sources and data of the library that an aspect visits.

    Args:
        ctx: the aspect's context.
    """
    return [
        file
        for kind in ("srcs", "data")
        for file in getattr(ctx.rule.files, kind, [])
    ]

def _runfiles_path(file):
    return file.short_path[3:] if file.short_path.startswith("../") else "_main/" + file.short_path

def _normal(path):
    parts = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)

def _roots(target, ctx):
    """Returns the folders that imports may start from; those that the library names come first."""
    package = "{}/{}".format(ctx.label.repo_name or "_main", ctx.label.package)
    own = [_normal("{}/{}".format(package, path)) for path in ctx.rule.attr.imports]
    known = [_normal(path) for path in target[PyInfo].imports.to_list()]
    return own + sorted(known, key = lambda path: -len(path)) + [ctx.label.repo_name or "_main"]

def _destination(file, roots):
    path = _runfiles_path(file)
    for root in roots:
        if path.startswith(root + "/"):
            return path[len(root) + 1:]
    return path

def module_entries(target, ctx):
    """Returns the own files of a library with the paths by which they are imported.

    Args:
        target: the library, in an aspect.
        ctx: the aspect's context.

    Returns:
        Pairs of a path and a File, without the files of installed distributions.
    """
    roots = _roots(target, ctx)
    return [(_destination(file, roots), file) for file in library_files(ctx) if not is_installed(file)]

def _modules(target, ctx):
    entries = module_entries(target, ctx)
    if not entries:
        return []
    return [struct(
        entries = tuple(entries),
        layer = pack_files(ctx, ctx.label.name, entries, ctx.executable._tool),
        package = ctx.label.package,
    )]

def _name(entries):
    """Returns the name of a distribution from NAME-VERSION.dist-info, in which it has no hyphen."""
    for path, _ in entries:
        folder = path.split("/")[0]
        if folder.endswith(".dist-info"):
            return folder.split("-")[0].lower()
    return None

def _distributions(ctx, below, packed):
    # rules_python splits a distribution into a library of files, and a second library that has the
    # same files as sources and adds their dependencies.
    already = {file: None for info in below for file in info.packed}
    own = [file for file in packed if file not in already]
    if not own:
        return []
    entries = [(file.path.split(SITE_PACKAGES + "/", 1)[1], file) for file in own]
    return [struct(
        repository = ctx.label.repo_name,
        name = _name(entries),
        layer = pack_files(ctx, ctx.label.name, entries, ctx.executable._tool),
    )]

def _image_layers_impl(target, ctx):
    if ctx.rule.kind == "kfp_components":
        libraries = [library[ImageLayersInfo] for library in ctx.rule.attr.libraries]
        return [KfpComponentsInfo(components = dict(zip(ctx.rule.attr.components, libraries)))]
    if PyInfo not in target or not hasattr(ctx.rule.attr, "imports"):
        return []
    below = [dep[ImageLayersInfo] for dep in ctx.rule.attr.deps if ImageLayersInfo in dep]

    # Generated files are Bazel's additions to a distribution.
    packed = [file for file in library_files(ctx) if is_packed(file) and file.is_source]
    return [ImageLayersInfo(
        distributions = depset(
            _distributions(ctx, below, packed),
            transitive = [info.distributions for info in below],
            order = "postorder",
        ),
        modules = depset(
            _modules(target, ctx),
            transitive = [info.modules for info in below],
            order = "postorder",
        ),
        packed = packed,
    )]

image_layers = aspect(
    implementation = _image_layers_impl,
    doc = "Packs a library, and every library and distribution that it depends on, into a layer each.",
    attr_aspects = [
        "deps",
        "libraries",
    ],
    attrs = {
        "_tool": attr.label(
            default = ":py_layer_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
