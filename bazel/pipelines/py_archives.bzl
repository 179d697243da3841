"""py_archives: the imports of a library, with each installed distribution as one archive.

KFP and its requirements consist of thousands of files, and Bazel lists every input of an action to
the worker. As archives they are a few dozen files.
"""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//bazel/private:installed.bzl", "is_installed", "is_packed")
load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//bazel/...")

PyArchivesInfo = provider(
    doc = "The imports of a Python library and of everything it depends on.",
    fields = {
        "archives": "depset of Files: one archive for each installed distribution.",
        "packed": "list of Files: the files of this library that are in its own archive or in one of a dependency.",
        "sources": "depset of Files: the files that do not belong to a distribution.",
    },
)

def _entry(file):
    return file.short_path.removeprefix("../") + "\t" + file.path

def _archive(ctx, files):
    out = ctx.actions.declare_file(ctx.label.name + ".archive.zip")
    args = tool_args(ctx, [out])
    args.add_all(files, map_each = _entry)
    run_tool(ctx, [out], args, depset(files), "PyArchive", "Packing")
    return out

def _own_files(ctx):
    return [
        file
        for kind in ("srcs", "data")
        for file in getattr(ctx.rule.files, kind, [])
    ]

def _own_sources(ctx, files):
    # Files outside a distribution's packages, such as its commands, are never imported.
    if "site-packages" in ctx.rule.attr.imports:
        return []
    loose = [file for file in files if not is_installed(file)]
    return [depset(loose)] + [dep[DefaultInfo].default_runfiles.files for dep in ctx.rule.attr.data]

def _py_library_info(ctx):
    below = [dep[PyArchivesInfo] for dep in ctx.rule.attr.deps if PyArchivesInfo in dep]

    # rules_python splits a distribution into a library of files, and a second library that has the
    # same files as sources and adds their dependencies.
    already = {file: None for info in below for file in info.packed}
    files = _own_files(ctx)
    packed = [file for file in files if is_packed(file)]
    own = [file for file in packed if file not in already]

    return PyArchivesInfo(
        archives = depset(
            [_archive(ctx, own)] if own else [],
            transitive = [info.archives for info in below],
        ),
        packed = packed,
        sources = depset(
            transitive = [info.sources for info in below] + _own_sources(ctx, files),
        ),
    )

def _py_archives_impl(target, ctx):
    if PyInfo not in target:
        return []
    if ctx.rule.kind == "py_library":
        return [_py_library_info(ctx)]

    # A library of any other rule consists of its runfiles.
    return [PyArchivesInfo(archives = depset(), packed = [], sources = target[DefaultInfo].default_runfiles.files)]

py_archives = aspect(
    implementation = _py_archives_impl,
    doc = "Packs the installed distributions among the dependencies of a Python library.",
    attr_aspects = ["deps"],
    attrs = {
        "_tool": attr.label(
            default = "//bazel/pipelines:py_archive_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
