"""The targets of a compiled definition, which kfp_pipeline and kfp_component share."""

load("//bazel/pipelines:compile.bzl", "kfp_compile")
load("//bazel/pipelines:deliver.bzl", "kfp_schedule", "kfp_upload")
load("//bazel/pipelines:golden.bzl", "golden_test")
load("//bazel/pipelines:interface.bzl", "interface_test")
load("//bazel/pipelines:manifests.bzl", "kfp_manifest")
load("//bazel/pipelines:run.bzl", "kfp_run", "kfp_submit")

visibility("//bazel/...")

def _reference(image):
    label = native.package_relative_label(image)
    return label.same_package_label(label.name + ".reference")

def kfp_definition(
        name,
        kind,
        src,
        function,
        image,
        images,
        deps,
        run_deps,
        data,
        format,
        manifest,
        delivery,
        kfp,
        tags,
        visibility,
        parameters = {},
        type_check = True,
        caching = True,
        strict = False,
        allow = {},
        schedule = None):
    """Defines all targets of a pipeline or component; kfp_pipeline documents the arguments."""
    compilation = dict(
        src = src,
        allow = allow,
        caching = caching,
        data = data,
        deps = deps,
        function = function,
        images = [_reference(i) for i in ([image] if image else []) + images],
        kfp = kfp,
        kind = kind,
        parameters = json.encode(parameters),
        strict = strict,
        type_check = type_check,
    )
    act = dict(tags = tags + ["manual"], visibility = visibility)
    kfp_compile(
        name = name,
        delivery = delivery,
        format = format,
        manifest = json.encode(manifest),
        tags = tags,
        visibility = visibility,
        **compilation
    )
    submitted = name
    if format == "kubernetes":
        submitted = name + ".ir"
        kfp_compile(name = submitted, delivery = delivery, tags = tags + ["manual"], **compilation)
    kfp_compile(
        name = name + ".normal",
        normal = True,
        tags = tags,
        version = native.module_version() or "",
        **compilation
    )
    golden_test(name = name, tags = tags, act = act)
    native.filegroup(name = name + ".interface", srcs = [name + ".normal"], output_group = "interface", **act)
    interface_test(
        name = name + "_interface_test",
        interface = name + ".interface",
        released = name + ".interface.json",
        tags = tags,
        visibility = visibility,
    )
    ran = name
    if delivery or format == "kubernetes":
        ran = name + ".in_image"
        kfp_compile(name = ran, tags = tags + ["manual"], **compilation)
    kfp_run(
        name = name + ".run",
        definition = ran,
        deps = deps + run_deps,
        images = compilation["images"],
        kfp = kfp,
        target = name,
        **act
    )
    kfp_submit(name = name + ".submit", definition = submitted, kfp = kfp, **act)
    if kind == "pipeline":
        kfp_manifest(name = name + ".manifest", definition = submitted, kfp = kfp, **act)
        kfp_upload(name = name + ".upload", definition = submitted, kfp = kfp, **act)
    if schedule:
        kfp_schedule(
            name = name + ".schedule",
            definition = submitted,
            kfp = kfp,
            schedule = schedule,
            **act
        )
