"""kfp_component: a single component, which other teams load with load_component_from_file."""

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

    Other teams load the result with `kfp.components.load_component_from_file`, and need no library for
    it. There are no attributes `parameters` and `caching`, because both belong to a task: KFP reads
    neither from a component's definition when a pipeline loads it.

    Example:
        kfp_component(
            name = "greet",
            src = "components.py",
            function = "greet",
            image = ":image",
        )

    Targets produced:
        NAME: NAME.yaml or NAME.json, the component's definition.
        NAME_test: compares it with NAME.golden.yaml, without the parts that every release changes.
        NAME_interface_test: fails if a released input or output has been removed or changed.
        NAME.update, NAME_test.update: write NAME.golden.yaml, and the first NAME.interface.json.
        NAME_interface_test.update: writes NAME.interface.json, when a release is made.
        NAME.run: runs the component on this machine, as NAME.run of kfp_pipeline does.
        NAME.submit: submits the component to a server, as a pipeline with one task.

    Args:
        name: name of the target.
        src: the Python file with the component function.
        image: its image; `IMAGE.reference` must be a kfp_image_reference. None if the component
            does not use an image of this build.
        function: the component function; may be left out if the file defines only one.
        deps: Python libraries that the file imports, other than kfp. It can import nothing else.
        run_deps: Python libraries for NAME.run, as in kfp_pipeline.
        data: files that it reads while it is compiled.
        format: `yaml` or `json`.
        delivery: a string_flag, as in kfp_pipeline.
        kfp: the kfp library. Set this if your pip hub is not called `pip`.
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
