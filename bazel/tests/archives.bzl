"""installed_archives: the archives that the compile rule passes to its tool, for tests that start it."""

load("//bazel/pipelines:py_archives.bzl", "PyArchivesInfo", "py_archives")

def _installed_archives_impl(ctx):
    archives = depset(transitive = [dep[PyArchivesInfo].archives for dep in ctx.attr.deps])
    return [DefaultInfo(files = archives, runfiles = ctx.runfiles(transitive_files = archives))]

installed_archives = rule(
    implementation = _installed_archives_impl,
    doc = "The archives of libraries and all of their dependencies.",
    attrs = {
        "deps": attr.label_list(aspects = [py_archives], cfg = "exec", doc = "Python libraries."),
    },
)
