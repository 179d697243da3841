"""components: declares the targets of every component, found by the names of its files."""

load("@rules_python//python:defs.bzl", "py_library")
load("//bazel:defs.bzl", "kfp_components")

visibility("private")

_METADATA = ".metadata.yaml"

def components(libs, outside, kfp = "@pip//kfp"):
    """Declares, for each component, its wrapper and the library that the wrapper imports at run time.

    A component NAME exists if the file CATEGORY/NAME.metadata.yaml does. Its wrapper is
    CATEGORY/NAME.py, and the module that the wrapper imports is //kfp_component_lib/CATEGORY:NAME
    unless `libs` says otherwise. So a new component whose module has the same name needs no new
    line here.

    Targets produced:
        NAME: the wrapper, which needs kfp but nothing from the library.
        NAME.lib: the library module that the wrapper imports when it runs.
        wrappers: all wrappers, importable by name from the package itself.
        outside_inputs: the decorator for components that read data outside KFP.
        lib: everything that the wrappers import when they run.
        components: the names and libraries of all components, for building the images.
        metadata: all metadata files.

    Args:
        libs: the library target of each component whose module does not have the component's name.
        outside: the components that read something besides their inputs, and declare it.
        kfp: the kfp library.
    """
    metadata = native.glob(["*/*" + _METADATA])
    categories = {name.split("/")[1][:-len(_METADATA)]: name.split("/")[0] for name in metadata}
    for name in libs.keys() + outside:
        if name not in categories:
            fail("libs and outside must name components, got {}: there is no */{}{}. Remove its entry.".format(repr(name), name, _METADATA))
    for name, category in categories.items():
        py_library(
            name = name,
            srcs = ["{}/{}.py".format(category, name)],
            deps = ([":outside_inputs"] if name in outside else []) + [
                ":package",
                "//kfp_component_lib:package",
                kfp,
            ],
        )
        native.alias(
            name = name + ".lib",
            actual = libs.get(name, "//kfp_component_lib/{}:{}".format(category, name)),
        )
    py_library(
        name = "package",
        srcs = native.glob(["*/__init__.py"]),
        deps = ["//kfp_component_lib:package"],
    )
    py_library(
        name = "outside_inputs",
        srcs = ["outside_inputs.py"],
        deps = [
            ":package",
            kfp,
        ],
    )
    py_library(
        name = "wrappers",
        srcs = ["__init__.py"],
        deps = ["//kfp_component_lib:package"] + [":" + name for name in categories],
    )
    py_library(
        name = "lib",
        deps = [":{}.lib".format(name) for name in categories],
    )
    kfp_components(
        name = "components",
        components = categories.keys(),
        libraries = [":{}.lib".format(name) for name in categories],
    )
    native.filegroup(
        name = "metadata",
        srcs = metadata,
    )
