"""image_push: the command that pushes the images of a version."""

load("@rules_python//python:defs.bzl", "py_binary")
load(":image_reference.bzl", "KfpImageInfo")

visibility("//bazel/...")

_CRANE = Label("//bazel/images:crane")
_MAIN = Label("//bazel/images:push_main.py")

def _reference_variable_impl(ctx):
    reference = ctx.attr.reference[KfpImageInfo].reference
    return platform_common.TemplateVariableInfo({"KFP_IMAGE_REFERENCE": reference})

_reference_variable = rule(
    implementation = _reference_variable_impl,
    doc = "Makes the reference of an image available as a variable in the arguments of a command.",
    attrs = {
        "reference": attr.label(mandatory = True, providers = [KfpImageInfo], doc = "The kfp_image_reference."),
    },
)

def image_push(name, image, reference, **kwargs):
    """The command that pushes images, and sets their tag only once.

    Targets produced:
        NAME: the command.

    Args:
        name: name of the command.
        image: the images, as one layout.
        reference: their kfp_image_reference.
        **kwargs: attributes of all targets.
    """
    _reference_variable(name = name + ".reference", reference = reference, **kwargs)
    py_binary(
        name = name,
        srcs = [_MAIN],
        args = [
            "--crane=$(rootpath {})".format(_CRANE),
            "--layout=$(rootpath {})".format(image),
            "--reference=$(KFP_IMAGE_REFERENCE)",
        ],
        data = [_CRANE, image],
        main = _MAIN,
        toolchains = [":{}.reference".format(name)],
        deps = [Label("@pip//packaging")],
        **kwargs
    )
