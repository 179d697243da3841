"""dependencies_test: checks that the dependencies of Python libraries provide their imports."""

load("//bazel/images:kfp_components.bzl", "kfp_components")
load(":pytest_test.bzl", "pytest_test")
load(":python_graph.bzl", "python_graph")

visibility("//bazel/...")

_TESTS = Label("//bazel/testing:test_imports.py")

def dependencies_test(name, deps, components = {}, hub = "@pip", **kwargs):
    """Checks all imports, including those in functions, and names the line that a BUILD file lacks.

    A component's image has only what the deps of its library provide. An import in a function that no
    dep provides is found here within a second, and not when a pod reaches that line:

        orjson is imported by reports.py, line 12, add "@pip//orjson" to the deps of //:reports.

    Imports that only type checkers see, and those whose ImportError is caught, may be missing.

    Example:
        dependencies_test(
            name = "dependencies_test",
            components = {"greet": ":greetings"},
            deps = [":components"],
        )

    Targets produced:
        NAME: the test.

    Args:
        name: name of the test.
        deps: the libraries, including those with the components themselves. All of their dependencies
            in this build are checked as well, except for installed distributions.
        components: as in kfp_image; each library must provide what its component's function imports.
        hub: name of the pip hub for the advice in messages.
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
