"""kfp_run and kfp_submit: the programs that run and submit a compiled pipeline."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//bazel/images:image_reference.bzl", "KfpImageInfo")
load("//bazel/private:tool.bzl", "layout_files")

visibility("//bazel/...")

_RUN = Label("//bazel/pipelines/kfp_launcher:run.py")
_SUBMIT = Label("//bazel/pipelines/kfp_launcher:submit.py")
_LAUNCHER = Label("//bazel/pipelines/kfp_launcher")
_CONTAINER = Label("//bazel/images:container_main")

def _image_layouts_impl(ctx):
    layouts = [image[KfpImageInfo].layout for image in ctx.attr.images]
    known = [layout for layout in layouts if layout]
    return DefaultInfo(
        files = depset(transitive = [layout[DefaultInfo].files for layout in known]),
        runfiles = ctx.runfiles(transitive_files = depset(transitive = [layout_files(layout) for layout in known])),
    )

_image_layouts = rule(
    implementation = _image_layouts_impl,
    doc = "The image layouts with the images that a definition names.",
    attrs = {
        "images": attr.label_list(providers = [KfpImageInfo], doc = "The images' kfp_image_references."),
    },
)

def kfp_run(name, target, definition, images, kfp, deps, **kwargs):
    """Makes a definition runnable on this machine; `bazel run NAME -- --help` lists its parameters.

    Targets produced:
        NAME: the program.
        NAME.layouts: the image layouts with the images of its tasks.

    Args:
        name: name of the target.
        target: name of the pipeline or component, for messages.
        definition: the compiled definition.
        images: kfp_image_references of its images.
        kfp: the kfp library.
        deps: Python libraries that its components import when they run outside their images.
        **kwargs: common attributes.
    """
    args = [
        "--label=//{}:{}".format(native.package_name(), target),
        "--definition=$(rootpath {})".format(definition),
        "--container=$(rootpath {})".format(_CONTAINER),
    ]
    data = [definition, _CONTAINER]
    if images:
        _image_layouts(name = name + ".layouts", images = images, **kwargs)
        args.append("--layouts $(rootpaths :{}.layouts)".format(name))
        data.append(name + ".layouts")
    py_binary(
        name = name,
        srcs = [_RUN],
        main = _RUN,
        args = args + ["--"],
        data = data,
        deps = deps + [kfp, _LAUNCHER],
        **kwargs
    )

def kfp_submit(name, definition, kfp, **kwargs):
    """Submits a compiled definition to a server; `bazel run NAME -- --help` lists the flags.

    Targets produced:
        NAME: the program.

    Args:
        name: name of the target.
        definition: the compiled definition.
        kfp: the kfp library.
        **kwargs: common attributes.
    """
    py_binary(
        name = name,
        srcs = [_SUBMIT],
        main = _SUBMIT,
        args = ["$(rootpath {})".format(definition)],
        data = [definition],
        deps = [kfp, _LAUNCHER],
        **kwargs
    )
