"""kfp_image_reference: what a pipeline must know of an image that is built with it."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(":image_set.bzl", "ImageSetInfo")

visibility("//bazel/...")

KfpImageInfo = provider(
    doc = "An image as the components name it and as the compiled pipelines shall name it.",
    fields = {
        "digest": "File: the digest of the image, `sha256:…`.",
        "digests": "File or None: the digest of each component's own image, as JSON by the name of its function.",
        "layout": "Target or None: the image layout that has the image, by which it is run here.",
        "label": "string: the image's label, by which goldens and messages name it.",
        "placeholder": "string: the reference `REPOSITORY:TAG` that the components name.",
        "reference": "string: the reference `REPOSITORY:TAG` that compiled pipelines name.",
        "wheel": "struct or None: base_image, requirement, pip_index_urls, pip_trusted_hosts of the wheel that stands in for the image.",
    },
)

def _wheel(ctx):
    if not ctx.attr.wheel_requirement:
        return None
    return struct(
        base_image = ctx.attr.wheel_base_image,
        requirement = ctx.attr.wheel_requirement,
        pip_index_urls = ctx.attr.wheel_index_urls,
        pip_trusted_hosts = ctx.attr.wheel_trusted_hosts,
    )

def _kfp_image_reference_impl(ctx):
    return KfpImageInfo(
        digest = ctx.file.digest,
        digests = ctx.attr.images[ImageSetInfo].digests if ctx.attr.images else None,
        layout = ctx.attr.image,
        label = str(ctx.label).removeprefix("@@").removesuffix(".reference"),
        placeholder = ctx.attr.placeholder,
        reference = "{}:{}".format(ctx.attr.repository[BuildSettingInfo].value, ctx.attr.tag),
        wheel = _wheel(ctx),
    )

kfp_image_reference = rule(
    implementation = _kfp_image_reference_impl,
    doc = "Names an image for kfp_pipeline. Call it IMAGE.reference, as its digest is IMAGE.digest.",
    attrs = {
        "digest": attr.label(mandatory = True, allow_single_file = True, doc = "The image's `.digest`."),
        "images": attr.label(providers = [ImageSetInfo], doc = "The images of a kfp_image: a component has its own. Without them all components have the image of `digest`."),
        "image": attr.label(doc = "The image itself, for those who run its components here in it."),
        "placeholder": attr.string(mandatory = True, doc = "The reference `REPOSITORY:TAG` that the components name."),
        "repository": attr.label(mandatory = True, providers = [BuildSettingInfo], doc = "The string_flag that holds the repository."),
        "tag": attr.string(mandatory = True, doc = "The image's tag."),
        "wheel_base_image": attr.string(default = "python:3.13", doc = "Generic image for pipelines that take the wheel instead."),
        "wheel_index_urls": attr.string_list(doc = "Package indexes to install the wheel from; pip's own choice if empty."),
        "wheel_requirement": attr.string(doc = "Pinned requirement of the wheel with the image's library; empty if there is none."),
        "wheel_trusted_hosts": attr.string_list(doc = "Hosts pip trusts without a valid certificate."),
    },
)
