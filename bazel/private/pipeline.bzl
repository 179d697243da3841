"""kfp_pipeline: a pipeline, compiled with the references of the images it was built with."""

load("//bazel/private:compile.bzl", "kfp_compile")
load("//bazel/private:golden.bzl", "golden_test")
load("//bazel/private:run.bzl", "kfp_run")

visibility("//bazel/...")

def _reference(image):
    label = native.package_relative_label(image)
    return label.same_package_label(label.name + ".reference")

def kfp_pipeline(
        name,
        src,
        function = "",
        image = "//image",
        images = [],
        deps = [],
        parameters = {},
        format = "yaml",
        kfp = "@pip//kfp",
        tags = [],
        visibility = None):
    """Compiles the pipeline of a Python file.

    Targets produced:
        NAME: NAME.yaml, the pipeline's intermediate representation.
        NAME_test: compares it, but for what every release changes, with NAME.golden.yaml.
        NAME.update, NAME_test.update: write NAME.golden.yaml.
        NAME.run: runs the pipeline on this machine with KFP's local runner.

    Args:
        name: name of the target.
        src: the Python file with the pipeline function.
        function: the pipeline function; may be left out if the file defines only one.
        image: the image of its components; `IMAGE.reference` must be a kfp_image_reference.
            None if no component uses an image of this build.
        images: further images of its components.
        deps: Python libraries the file imports, other than kfp.
        parameters: values that replace the defaults of the pipeline's parameters.
        format: `yaml` or `json`.
        kfp: the kfp library; a workspace whose pip hub has another name says so here.
        tags: tags of every target.
        visibility: visibility of NAME.
    """
    compilation = dict(
        src = src,
        function = function,
        images = [_reference(i) for i in ([image] if image else []) + images],
        deps = deps,
        kfp = kfp,
        kind = "pipeline",
        parameters = json.encode(parameters),
        tags = tags,
    )
    kfp_compile(name = name, out = "{}.{}".format(name, format), visibility = visibility, **compilation)
    golden_test(name = name, tags = tags, compilation = compilation, visibility = visibility)
    kfp_run(name = name + ".run", src = src, function = function, kfp = kfp, deps = deps, tags = tags)
