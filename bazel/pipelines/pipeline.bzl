"""kfp_pipeline: a pipeline, compiled with the references of the images that were built with it."""

load("//bazel/pipelines:definition.bzl", "kfp_definition")

visibility("//bazel/...")

def kfp_pipeline(
        name,
        src,
        image,
        function = "",
        images = [],
        deps = [],
        run_deps = [],
        data = [],
        parameters = {},
        format = "yaml",
        manifest = {},
        delivery = None,
        type_check = True,
        caching = True,
        strict = False,
        allow = {},
        schedule = None,
        kfp = "@pip//kfp",
        tags = [],
        visibility = None):
    """Compiles the pipeline of a Python file.

    The definition is that of KFP's SDK, with the references of the images that were built with it, by
    digest. Definitions that would fail on a cluster, or be silently wrong there, are refused; see
    docs/traps.md. The first build has no golden yet: `bazel run NAME.update` records it.

    Example:
        kfp_pipeline(
            name = "training",
            src = "training.py",
            image = ":image",
            run_deps = [":features"],
            strict = True,
            deps = [":components"],
        )

    Targets produced:
        NAME: NAME.yaml or NAME.json, the pipeline's definition.
        NAME_test: compares it with NAME.golden.yaml, without the parts that every release changes.
        NAME_interface_test: fails if a released input or output has been removed or changed.
        NAME.update, NAME_test.update: write NAME.golden.yaml, and the first NAME.interface.json.
        NAME_interface_test.update: writes NAME.interface.json, when a release is made.
        NAME.run: runs the pipeline on this machine with KFP's local runner, either with `run_deps`
            or with each task in its image, as on a cluster (`--in_image`).
        NAME.submit: submits the pipeline to a server.
        NAME.upload: uploads it to a server as a version, once.
        NAME.manifest: the Kubernetes objects Pipeline and PipelineVersion that an upload creates if
            KFP stores pipelines in Kubernetes.
        NAME.schedule: makes its schedules on a server match the file `schedule`.

    Args:
        name: name of the target.
        src: the Python file with the pipeline function.
        image: the image of its components; `IMAGE.reference` must be a kfp_image_reference.
            None if no component uses an image of this build.
        function: the pipeline function; may be left out if the file defines only one.
        images: further images of its components.
        deps: Python libraries that the file imports, other than kfp. It can import nothing else.
        run_deps: Python libraries that its components import when NAME.run runs them outside their
            images, and those that they would install when they start. A change of these does not
            cause a recompilation.
        data: files that it reads while it is compiled.
        parameters: values that replace the defaults of the pipeline's parameters.
        format: `yaml`, `json`, or `kubernetes` for a manifest in YAML.
        manifest: options of a Kubernetes manifest: `pipeline_name`, `pipeline_display_name`,
            `pipeline_version_name`, `pipeline_version_display_name`, `namespace`,
            `include_pipeline_manifest`.
        delivery: a string_flag that selects how components get their library: `image`, or `wheel` to
            install the wheel of the kfp_image_reference in a generic image when a task starts.
        type_check: whether KFP checks that the types of connected outputs and inputs match.
        caching: whether KFP may reuse cached results for tasks that do not configure caching.
        strict: whether every trap is an error, and not only those that fail on every backend; see
            docs/traps.md.
        allow: the trap rules that the pipeline may break, as `{RULE: REASON}`.
        schedule: a YAML file with the pipeline's schedules; see docs/cluster.md.
        kfp: the kfp library. Set this if your pip hub is not called `pip`.
        tags: tags of every target.
        visibility: visibility of the targets.
    """
    kfp_definition(
        name = name,
        src = src,
        allow = allow,
        caching = caching,
        data = data,
        delivery = delivery,
        deps = deps,
        format = format,
        function = function,
        image = image,
        images = images,
        kfp = kfp,
        kind = "pipeline",
        manifest = manifest,
        parameters = parameters,
        run_deps = run_deps,
        schedule = schedule,
        strict = strict,
        tags = tags,
        type_check = type_check,
        visibility = visibility,
    )
