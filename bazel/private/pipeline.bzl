"""kfp_pipeline: a pipeline, compiled with the references of the images it was built with."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//bazel/private:image_reference.bzl", "KfpImageInfo")

visibility("//bazel/...")

def _compile_impl(ctx):
    image = ctx.attr.image[KfpImageInfo]
    out = ctx.actions.declare_file(ctx.label.name + ".yaml")
    args = ctx.actions.args()
    args.add("--source", ctx.file.src)
    args.add("--out", out)
    args.add("--placeholder", image.placeholder)
    args.add("--image", "{}:{}".format(image.repository, image.tag))
    args.add("--digest-file", image.digest)
    ctx.actions.run(
        executable = ctx.executable.compiler,
        arguments = [args],
        inputs = [ctx.file.src, image.digest],
        outputs = [out],
        mnemonic = "KfpCompile",
        progress_message = "Compiling %{label}",
    )
    return DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))

_compile = rule(
    implementation = _compile_impl,
    doc = "Runs a pipeline's compiler.",
    attrs = {
        "compiler": attr.label(mandatory = True, executable = True, cfg = "exec", doc = "The pipeline with compile_main."),
        "image": attr.label(mandatory = True, providers = [KfpImageInfo], doc = "The image's reference."),
        "src": attr.label(mandatory = True, allow_single_file = [".py"], doc = "The Python file with the pipeline."),
    },
)

def _absolute(label):
    return native.package_relative_label(label)

def kfp_pipeline(name, src, image = "//image", deps = [], **kwargs):
    """Compiles the pipeline of a Python file.

    Targets produced:
        NAME: NAME.yaml, the pipeline's intermediate representation.
        NAME.run: runs the pipeline on this machine with KFP's local runner.

    Args:
        name: name of the target.
        src: the Python file with the pipeline function.
        image: the image of its components; `IMAGE.reference` must be a kfp_image_reference.
        deps: Python libraries the file imports.
        **kwargs: common attributes.
    """
    for main, target in [("compile_main", name + ".compiler"), ("run_main", name + ".run")]:
        main_file = Label("//bazel/private:{}.py".format(main))
        py_binary(
            name = target,
            srcs = [main_file, src],
            main = main_file,
            env = {"KFP_PIPELINE_SOURCE": "$(rootpath {})".format(src)},
            deps = deps,
            tags = ["manual"],
            **kwargs
        )
    reference = _absolute(image)
    _compile(
        name = name,
        src = src,
        compiler = ":" + name + ".compiler",
        image = reference.same_package_label(reference.name + ".reference"),
        **kwargs
    )
