"""kfp_pipeline: a pipeline, compiled with the references of the images it was built with."""

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

    Targets produced:
        NAME: NAME.yaml or NAME.json, the pipeline's definition.
        NAME_test: compares it, but for what every release changes, with NAME.golden.yaml.
        NAME_interface_test: fails if a released input or output is gone or another.
        NAME.update, NAME_test.update: write NAME.golden.yaml, and the first NAME.interface.json.
        NAME_interface_test.update: writes NAME.interface.json, when a release is made.
        NAME.run: runs the pipeline on this machine with KFP's local runner: with `run_deps`, or each
            task in its image, as on a cluster (`--in_image`).
        NAME.submit: submits the pipeline to a server.
        NAME.upload: uploads it to a server as a version, once.
        NAME.manifest: the objects of Kubernetes, Pipeline and PipelineVersion, that an upload makes where
            KFP keeps pipelines in Kubernetes.
        NAME.schedule: brings its schedules on a server to what the file `schedule` says.

    Args:
        name: name of the target.
        src: the Python file with the pipeline function.
        image: the image of its components; `IMAGE.reference` must be a kfp_image_reference.
            None if no component uses an image of this build.
        function: the pipeline function; may be left out if the file defines only one.
        images: further images of its components.
        deps: Python libraries the file imports, other than kfp. What they lack cannot be imported.
        run_deps: Python libraries that its components import when NAME.run runs them outside their
            images, and what they would install when they start. An edit of these compiles nothing anew.
        data: files it reads while it is compiled.
        parameters: values that replace the defaults of the pipeline's parameters.
        format: `yaml`, `json`, or `kubernetes` for a manifest in YAML.
        manifest: options of a Kubernetes manifest: pipeline_name, pipeline_display_name,
            pipeline_version_name, pipeline_version_display_name, namespace,
            include_pipeline_manifest.
        delivery: string_flag that says how components get their library: `image`, or `wheel` to
            install the wheel of the kfp_image_reference in a generic image when a task starts.
        type_check: whether KFP compares the types of outputs with those of inputs.
        caching: whether tasks that do not say so may be answered from KFP's cache.
        strict: whether everything that is known to go wrong on a backend is an error, and not only
            what works on none; see docs/traps.md.
        allow: the rules about this that the pipeline may break: {RULE: REASON}.
        schedule: a YAML file with the pipeline's schedules; see docs/cluster.md.
        kfp: the kfp library; a workspace whose pip hub has another name says so here.
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
