"""oci.pull(…) and oci.toolchains(…): base images and crane, taken from this machine."""

load("//oci/private:crane_repository.bzl", "crane_repository")
load("//oci/private:pull.bzl", "oci_pull")

_pull = tag_class(
    doc = "An image to build on. Each entry of `platforms` becomes a repository; NAME selects one by CPU.",
    attrs = {
        "bazel_tags": attr.string_list(doc = "Tags of the image targets."),
        "digest": attr.string(doc = "The digest, as for a registry."),
        "image": attr.string(doc = "The image without a tag, such as `docker.io/library/python`."),
        "name": attr.string(doc = "Name of the repository and of the target in it."),
        "platforms": attr.string_list(doc = "Platforms, such as `linux/amd64`."),
        "registry": attr.string(doc = "With `repository`, another way to say `image`."),
        "repository": attr.string(doc = "With `registry`, another way to say `image`."),
        "reproducible": attr.bool(default = True, doc = "Has no effect here: this stand-in never warns about tags."),
        "tag": attr.string(doc = "The tag, as for a registry."),
    },
)

_toolchains = tag_class(
    doc = "The repository that holds the toolchains, `NAME_crane_toolchains`.",
    attrs = {"name": attr.string(default = "oci", doc = "Prefix of the repository's name.")},
)

def _oci_impl(module_ctx):
    wanted = []
    for mod in module_ctx.modules:
        for tag in mod.tags.pull:
            repositories = oci_pull(tag)
            wanted.extend(repositories if mod.is_root else [])
        for tag in mod.tags.toolchains:
            name = tag.name + "_crane_toolchains"
            crane_repository(name = name)
            wanted.extend([name] if mod.is_root else [])
    return module_ctx.extension_metadata(
        root_module_direct_deps = wanted,
        root_module_direct_dev_deps = [],
    )

oci = module_extension(
    implementation = _oci_impl,
    doc = "Base images and crane.",
    tag_classes = {
        "pull": _pull,
        "toolchains": _toolchains,
    },
)
