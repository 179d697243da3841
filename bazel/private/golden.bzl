"""The golden test of a compiled pipeline or component."""

load("@bazel_skylib//rules:diff_test.bzl", "diff_test")
load("@bazel_skylib//rules:write_file.bzl", "write_file")
load("@rules_python//python:defs.bzl", "py_binary")
load("//bazel/private:compile.bzl", "kfp_compile")

visibility("//bazel/...")

_UPDATE = Label("//bazel/private:update_main.py")

def _recorded(name, golden):
    """The recorded file, or an empty one where there is none yet."""
    if native.glob([golden], allow_empty = True):
        return golden
    write_file(name = name + ".unrecorded", out = golden + ".unrecorded", content = [], tags = ["manual"])
    return name + ".unrecorded"

def golden_test(name, compilation, tags, visibility):
    """Compares a compilation with NAME.golden.yaml beside its BUILD file.

    A golden holds what the pipeline's author decides. Images stand in it by their labels and the
    SDK without its version: neither an edit of the library nor an update of KFP changes it.

    Targets produced:
        NAME_test: the comparison.
        NAME.update, NAME_test.update: write NAME.golden.yaml.

    Args:
        name: name of the compilation.
        compilation: attributes of the compilation.
        tags: tags of the test.
        visibility: visibility of the update targets.
    """
    golden = name + ".golden.yaml"
    normal = name + ".normal"
    kfp_compile(name = normal, out = normal + ".yaml", normal = True, **compilation)
    py_binary(
        name = name + ".update",
        srcs = [_UPDATE],
        main = _UPDATE,
        args = ["$(rootpath :{})".format(normal), native.package_name() + "/" + golden],
        data = [normal],
        tags = ["manual"],
        visibility = visibility,
    )
    native.alias(name = name + "_test.update", actual = name + ".update", tags = ["manual"], visibility = visibility)
    diff_test(
        name = name + "_test",
        file1 = _recorded(name, golden),
        file2 = normal,
        failure_message = "If that is what you want: bazel run //{}:{}.update".format(native.package_name(), name),
        size = "small",
        tags = tags,
    )
