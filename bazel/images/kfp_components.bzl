"""kfp_components: the library that each component imports."""

visibility("//bazel/...")

def _kfp_components_impl(ctx):
    names, libraries = ctx.attr.components, ctx.attr.libraries
    if len(names) != len(libraries):
        fail("{}.components must have as many items as its libraries, got {} and {}.".format(ctx.label.name, len(names), len(libraries)))
    return []

kfp_components = rule(
    implementation = _kfp_components_impl,
    doc = """Names components for kfp_image, each with the library that it imports when it runs.

Only a workspace that passes the same components to several rules, such as kfp_image and
dependencies_test, needs it.

Example:
    kfp_components(
        name = "component_libraries",
        components = ["greet", "count"],
        libraries = [":greetings", ":counting"],
    )

Targets produced:
    NAME: the list of components, which builds nothing.
""",
    attrs = {
        "components": attr.string_list(mandatory = True, doc = "The names of the components' functions."),
        "libraries": attr.label_list(mandatory = True, doc = "Their libraries, in the same order."),
    },
)
