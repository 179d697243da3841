"""image_set: all images of a version in one index with one digest."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")
load(":description.bzl", "DESCRIPTION", "TITLE", "add_description")
load(":platform_images.bzl", "PlatformImagesInfo")

visibility("//bazel/...")

ImageSetInfo = provider(
    doc = "All images of a version.",
    fields = {"digests": "File: the digest of each component's image, as JSON by the name of its function."},
)

def _gather(ctx, name, title, layouts, linked, components = []):
    """Writes an index of layouts; those of the components come last."""
    layout = ctx.actions.declare_directory(name)
    digest = ctx.actions.declare_file(name + ".digest")
    digests = ctx.actions.declare_file(name + ".digests.json")
    args = tool_args(ctx, [layout])
    args.add(digest, format = "--digest=%s")
    args.add(digests, format = "--digests=%s")
    args.add_all(components, format_each = "--component=%s")
    described = add_description(ctx, args, {TITLE: title})
    args.add_all(layouts, expand_directories = False)
    inputs = depset(described + layouts, transitive = [linked])
    run_tool(ctx, [layout, digest, digests], args, inputs, "ImageIndex", "Gathering")
    return struct(digest = digest, digests = digests, layout = layout)

def _component(ctx, name, platforms, linked):
    """Returns the image of a component: a single image, or an index if there are several platforms."""
    images = [platform.components[name] for platform in platforms]
    if len(images) == 1:
        return images[0]
    title = "{} {}".format(ctx.attr.title, name)
    layouts = [image.layout for image in images]
    return _gather(ctx, "{}.{}".format(ctx.label.name, name), title, layouts, linked)

def _image_set_impl(ctx):
    platforms = [target[PlatformImagesInfo] for target in ctx.attr.images]
    linked = depset(transitive = [platform.linked for platform in platforms])
    components = {
        name: _component(ctx, name, platforms, linked)
        for name in platforms[0].components
    }
    layouts = [platform.whole.layout for platform in platforms]
    layouts += [image.layout for image in components.values()]
    index = _gather(ctx, ctx.label.name, ctx.attr.title, layouts, linked, components.keys())
    leaves = [image for platform in platforms for image in [platform.whole] + platform.components.values()]
    all_linked = depset([image.layout for image in leaves] + layouts, transitive = [linked])
    return [
        DefaultInfo(
            files = depset([index.layout]),
            runfiles = ctx.runfiles([index.layout], transitive_files = all_linked),
        ),
        OutputGroupInfo(
            bills = depset([bill for platform in platforms for bill in platform.bills.values()]),
            digest = depset([index.digest]),
            # One platform is enough, since all of them have the same modules.
            modules = depset([platforms[0].modules]),
        ),
        ImageSetInfo(digests = index.digests),
    ]

image_set = rule(
    implementation = _image_set_impl,
    doc = """An OCI layout with the index of all images of a version, the whole library's first.

This replaces oci_image_index, which in rules_oci 2.3.0 does not support annotations and copies every
layer.""",
    attrs = DESCRIPTION | {
        "images": attr.label_list(
            mandatory = True,
            providers = [PlatformImagesInfo],
            doc = "The platform_images of each platform.",
        ),
        "title": attr.string(mandatory = True, doc = "The title of the images."),
        "_tool": attr.label(
            default = ":image_index_main",
            executable = True,
            cfg = "exec",
        ),
    },
)

def _image_of_impl(ctx):
    platform = ctx.attr.images[PlatformImagesInfo]
    if ctx.attr.component and ctx.attr.component not in platform.components:
        fail("{}.component must be one of {}, got {}.".format(ctx.label.name, sorted(platform.components), repr(ctx.attr.component)))
    image = platform.components[ctx.attr.component] if ctx.attr.component else platform.whole
    return [
        DefaultInfo(
            files = depset([image.layout]),
            runfiles = ctx.runfiles([image.layout], transitive_files = platform.linked),
        ),
        OutputGroupInfo(
            bills = depset([platform.bills[ctx.attr.component]] if platform.bills else []),
            digest = depset([image.digest]),
        ),
    ]

image_of = rule(
    implementation = _image_of_impl,
    doc = """Picks one of the images of a kfp_image for one architecture.

Example:
    image_of(
        name = "greet_image",
        component = "greet",
        images = ":image.amd64",
    )

Targets produced:
    NAME: the image, an OCI layout.
""",
    attrs = {
        "component": attr.string(doc = "The name of the component's function; empty for the image of the whole library."),
        "images": attr.label(mandatory = True, providers = [PlatformImagesInfo], doc = "The target IMAGE.ARCHITECTURE of a kfp_image."),
    },
)

def _image_layouts_impl(ctx):
    platform = ctx.attr.images[PlatformImagesInfo]
    layouts = [image.layout for image in [platform.whole] + platform.components.values()]
    return DefaultInfo(
        files = depset(layouts),
        runfiles = ctx.runfiles(layouts, transitive_files = platform.linked),
    )

image_layouts = rule(
    implementation = _image_layouts_impl,
    doc = """Gives all images of a kfp_image for one architecture, each in a layout of its own.

Example:
    image_layouts(
        name = "layouts",
        images = ":image.amd64",
    )

Targets produced:
    NAME: the OCI layouts. The path of a component's layout ends in the component's name.
""",
    attrs = {
        "images": attr.label(mandatory = True, providers = [PlatformImagesInfo], doc = "The target IMAGE.ARCHITECTURE of a kfp_image."),
    },
)
