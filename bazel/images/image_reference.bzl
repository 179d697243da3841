"""kfp_image_reference: the properties of an image that a pipeline built with it needs."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//bazel/private:labels.bzl", "label_text")
load(":image_set.bzl", "ImageSetInfo")

visibility("//bazel/...")

KfpImageInfo = provider(
    doc = "The names of an image in components and in compiled pipelines.",
    fields = {
        "digest": "File: the digest of the image, `sha256:…`.",
        "digests": "File or None: the digest of each component's own image, as JSON by the name of its function.",
        "layout": "Target or None: the image layout with the image, from which it is run on this machine.",
        "label": "string: the image's label, which goldens and messages use.",
        "placeholder": "string: the reference `REPOSITORY:TAG` that the components name.",
        "reference": "string: the reference `REPOSITORY:TAG` that compiled pipelines name.",
        "wheel": "struct or None: base_image, requirement, pip_index_urls, pip_trusted_hosts of the wheel that can replace the image.",
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
        label = label_text(ctx.label).removesuffix(".reference"),
        placeholder = ctx.attr.placeholder,
        reference = "{}:{}".format(ctx.attr.repository[BuildSettingInfo].value, ctx.attr.tag),
        wheel = _wheel(ctx),
    )

kfp_image_reference = rule(
    implementation = _kfp_image_reference_impl,
    doc = """Names an image that was not built by kfp_image for kfp_pipeline.

The name of the target must be IMAGE.reference; pipelines with `image = IMAGE` look for it. All
components then have the image of `digest`, unless `images` names one for each.

Example:
    kfp_image_reference(
        name = "image.reference",
        digest = ":image.digest",
        image = ":image",
        placeholder = "registry.example.com/team/greetings:1.2.0",
        repository = ":repository",
        tag = "1.2.0",
    )

Targets produced:
    NAME: the names of the image, which builds nothing.
""",
    attrs = {
        "digest": attr.label(mandatory = True, allow_single_file = True, doc = "The image's `.digest`."),
        "images": attr.label(providers = [ImageSetInfo], doc = "The images of a kfp_image, which has one for each component."),
        "image": attr.label(doc = "The image itself, for running its components in it on this machine."),
        "placeholder": attr.string(mandatory = True, doc = "The reference `REPOSITORY:TAG` that the components name."),
        "repository": attr.label(mandatory = True, providers = [BuildSettingInfo], doc = "The string_flag that holds the repository."),
        "tag": attr.string(mandatory = True, doc = "The image's tag."),
        "wheel_base_image": attr.string(default = "python:3.13", doc = "Generic image for pipelines that use the wheel instead."),
        "wheel_index_urls": attr.string_list(doc = "Package indexes to install the wheel from; pip's default if empty."),
        "wheel_requirement": attr.string(doc = "Pinned requirement of the wheel with the image's library; empty if there is none."),
        "wheel_trusted_hosts": attr.string_list(doc = "Hosts that pip trusts without a valid certificate."),
    },
)
