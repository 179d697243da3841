"""components: the targets of every component, found by the names of its files."""

load("@rules_python//python:defs.bzl", "py_library")

visibility("private")

_METADATA = ".metadata.yaml"

def components(libs, outside, kfp = "@pip//kfp"):
    """Declares what KFP sees of each component, and what the component imports when it runs.

    A component NAME is there because CATEGORY/NAME.metadata.yaml is. Its wrapper is
    CATEGORY/NAME.py, and what that imports is the module //kfp_component_lib/CATEGORY:NAME unless
    `libs` says otherwise, so a new component whose module has its name adds no line here.

    Targets produced:
        NAME: the wrapper, which needs kfp and nothing of the library.
        NAME.lib: what the wrapper imports when it runs.
        wrappers: all wrappers, importable by name from the package itself.
        outside_inputs: what marks a component that reads outside.
        lib: what all wrappers import when they run.
        metadata: all metadata files.

    Args:
        libs: the library target by component, where it is not the namesake of the component.
        outside: the components that read what is no input of theirs, and say so.
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
    native.filegroup(
        name = "metadata",
        srcs = metadata,
    )
