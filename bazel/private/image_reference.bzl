"""kfp_image_reference: what a pipeline must know of an image that is built with it."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")

visibility("//bazel/...")

KfpImageInfo = provider(
    doc = "An image as the components name it and as the compiled pipelines shall name it.",
    fields = {
        "digest": "File: the digest of the image, `sha256:…`.",
        "label": "string: the image's label, by which goldens and messages name it.",
        "placeholder": "string: the reference `REPOSITORY:TAG` that the components name.",
        "repository": "string: the repository that compiled pipelines name.",
        "tag": "string: the tag that compiled pipelines name.",
    },
)

def _kfp_image_reference_impl(ctx):
    return KfpImageInfo(
        digest = ctx.file.digest,
        label = str(ctx.label).removeprefix("@@").removesuffix(".reference"),
        placeholder = ctx.attr.placeholder,
        repository = ctx.attr.repository[BuildSettingInfo].value,
        tag = ctx.attr.tag,
    )

kfp_image_reference = rule(
    implementation = _kfp_image_reference_impl,
    doc = "Names an image for kfp_pipeline. Call it IMAGE.reference, as its digest is IMAGE.digest.",
    attrs = {
        "digest": attr.label(mandatory = True, allow_single_file = True, doc = "The image's `.digest`."),
        "placeholder": attr.string(mandatory = True, doc = "The reference `REPOSITORY:TAG` that the components name."),
        "repository": attr.label(mandatory = True, providers = [BuildSettingInfo], doc = "The string_flag that holds the repository."),
        "tag": attr.string(mandatory = True, doc = "The image's tag."),
    },
)
