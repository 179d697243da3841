"""hub_repository: all distributions of a lock under one name."""

visibility("//python/extensions")

_PACKAGE = """\
package(default_visibility = ["//visibility:public"])

alias(
    name = "{name}",
    actual = ":pkg",
)

[
    alias(
        name = kind,
        actual = "@{repository}//:" + kind,
    )
    for kind in ["data", "dist_info", "pkg", "whl"]
]
"""

_BUILD = """\
exports_files(
    ["requirements.bzl"],
    visibility = ["//visibility:public"],
)
"""

_REQUIREMENTS = """\
\"\"\"The distributions of the lock.\"\"\"

load("@rules_python//python:pip.bzl", "pip_utils")

_PACKAGES = {packages}

def _label(name, kind):
    return "@@{hub}//{{}}:{{}}".format(pip_utils.normalize_name(name), kind)

all_requirements = [_label(name, "pkg") for name in _PACKAGES]

all_whl_requirements_by_package = {{name: _label(name, "whl") for name in _PACKAGES}}

all_whl_requirements = all_whl_requirements_by_package.values()

all_data_requirements = [_label(name, "data") for name in _PACKAGES]

def requirement(name):
    return _label(name, "pkg")

def whl_requirement(name):
    return _label(name, "whl")

def data_requirement(name):
    return _label(name, "data")

def dist_info_requirement(name):
    return _label(name, "dist_info")
"""

def _hub_repository_impl(rctx):
    rctx.file("BUILD.bazel", _BUILD)
    for name, repository in rctx.attr.repositories.items():
        rctx.file(name + "/BUILD.bazel", _PACKAGE.format(name = name, repository = repository))
    rctx.file("requirements.bzl", _REQUIREMENTS.format(
        hub = rctx.name,
        packages = repr(rctx.attr.repositories.keys()),
    ))

hub_repository = repository_rule(
    implementation = _hub_repository_impl,
    doc = "Aliases for distributions, and a .bzl file that lists them.",
    attrs = {"repositories": attr.string_dict(doc = "Repositories by distribution.")},
)
