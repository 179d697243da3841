"""dependencies_test: what Python libraries import, their dependencies bring."""

load("//bazel/images:kfp_components.bzl", "kfp_components")
load(":pytest_test.bzl", "pytest_test")
load(":python_graph.bzl", "python_graph")

visibility("//bazel/...")

_TESTS = Label("//bazel/testing:test_imports.py")

def dependencies_test(name, deps, components = {}, hub = "@pip", **kwargs):
    """Reads all imports, those in functions among them, and names the line that a BUILD file lacks.

    A component's image has what the deps of its library bring, and nothing else. An import in a function
    that no dep brings is found here, in a second, and not when a pod comes to that line:

        orjson is imported by reports.py, line 12, add "@pip//orjson" to the deps of //:reports.

    Imports that only type checkers see, and those whose ImportError is caught, may be missing.

    Targets produced:
        NAME: the test.

    Args:
        name: name of the test.
        deps: the libraries, those with the components themselves among them. All that they depend on in
            this build is read as well, but for installed distributions.
        components: as in kfp_image: what a component's function imports must be brought by its library.
        hub: name of the pip hub that messages advise.
        **kwargs: other attributes of pytest_test.
    """
    if type(components) == "dict":
        kfp_components(
            name = name + ".components",
            testonly = True,
            components = components.keys(),
            libraries = components.values(),
            visibility = ["//visibility:private"],
        )
        components = ":" + name + ".components"
    python_graph(
        name = name + ".graph",
        testonly = True,
        visibility = ["//visibility:private"],
        deps = deps + [components],
    )
    pytest_test(
        name = name,
        size = kwargs.pop("size", "small"),
        srcs = [_TESTS],
        data = [name + ".graph"],
        env = {
            "GRAPH": "$(rootpath {}.graph)".format(name),
            "HUB": hub,
        },
        deps = [Label("//bazel/testing:imports")],
        **kwargs
    )
