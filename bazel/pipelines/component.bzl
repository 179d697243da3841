"""kfp_component: a single component, the unit that other teams load by load_component_from_file."""

load("//bazel/pipelines:definition.bzl", "kfp_definition")

visibility("//bazel/...")

def kfp_component(
        name,
        src,
        image,
        function = "",
        deps = [],
        run_deps = [],
        data = [],
        format = "yaml",
        delivery = None,
        kfp = "@pip//kfp",
        tags = [],
        visibility = None):
    """Compiles one component of a Python file.

    It has neither `parameters` nor `caching`: both belong to a task, and KFP reads neither from a
    component's definition when a pipeline loads it.

    Targets produced: those of kfp_pipeline, for a component.

    Args:
        name: name of the target.
        src: the Python file with the component function.
        image: its image; `IMAGE.reference` must be a kfp_image_reference. None if it uses no
            image of this build.
        function: the component function; may be left out if the file defines only one.
        deps: Python libraries the file imports, other than kfp. What they lack cannot be imported.
        run_deps: as in kfp_pipeline.
        data: files it reads while it is compiled.
        format: `yaml` or `json`.
        delivery: as in kfp_pipeline.
        kfp: the kfp library; a workspace whose pip hub has another name says so here.
        tags: tags of every target.
        visibility: visibility of the targets.
    """
    kfp_definition(
        name = name,
        src = src,
        data = data,
        delivery = delivery,
        deps = deps,
        format = format,
        function = function,
        image = image,
        images = [],
        kfp = kfp,
        kind = "component",
        manifest = {},
        run_deps = run_deps,
        tags = tags,
        visibility = visibility,
    )
