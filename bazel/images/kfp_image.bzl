"""kfp_image: the images of a library of components, built by dependency and released as one version."""

load("@bazel_skylib//rules:common_settings.bzl", "string_flag")
load("@rules_oci//oci:defs.bzl", "oci_load")
load(":bytecode_layer.bzl", "bytecode_layer")
load(":image_reference.bzl", "kfp_image_reference")
load(":image_set.bzl", "image_of", "image_set")
load(":kfp_components.bzl", "kfp_components")
load(":layer.bzl", "IN_IMAGE")
load(":platform_images.bzl", "platform_images")
load(":push.bzl", "image_push")
load(":py_layer.bzl", "py_layer")
load(":removal_layer.bzl", "removal_layer")
load(":standard_library.bzl", "STANDARD_LIBRARY")
load(":wheel_metadata_layer.bzl", "wheel_metadata_layer")

visibility("//bazel/...")

_VERSION = "org.opencontainers.image.version"

# Files of Python base images that no pod should have.
_INSTALLERS = [
    "usr/local/bin/pip*",
    "usr/local/lib/python3.*/ensurepip",
    "usr/local/lib/python3.*/site-packages/pip",
    "usr/local/lib/python3.*/site-packages/pip-*.dist-info",
]

# A component's executor imports kfp.dsl, but none of kfp's requirements.
_UNUSED_OF_KFP = [
    "*.dist-info/RECORD",
    "**/*_test.py",
    "kfp/cli/**",
    "kfp/client/**",
    "kfp/compiler/**",
    "kfp/kubeflow_client/**",
    "kfp/local/**",
    "kfp/registry/**",
]

_ARCHITECTURES = ["amd64", "arm64"]

def _is_label(text):
    return text.startswith((":", "//", "@"))

def _flag(name, given, values = []):
    """Returns the label of a string_flag: the given one, or one made here with the given value."""
    if _is_label(given):
        return given
    string_flag(
        name = name,
        build_setting_default = given,
        make_variable = name.replace(".", "_").upper(),
        values = values,
        visibility = ["//visibility:public"],
    )
    return ":" + name

def kfp_image(
        name,
        base,
        deps,
        repository,
        tag,
        title,
        components = {},
        wrappers = [],
        architectures = "amd64",
        base_digest = None,
        base_name = None,
        env = {},
        kfp = "@pip//kfp",
        labels = {},
        layers = [],
        licenses = {},
        placeholder = None,
        remove = _INSTALLERS,
        standard_library = STANDARD_LIBRARY,
        tags = [],
        testonly = False,
        user = "65532:0",
        visibility = None,
        wheel = None,
        wheels = [],
        wheel_requirement = ""):
    """The images of a library of components: one for each, and one of the whole library.

    A component's image holds only what its own library needs: the modules of each py_library in a layer
    of their own, the distributions that these import, and kfp. So an edit changes only the digests of
    the components that depend on it. All images run as a numeric user, without an entrypoint and
    without an installer. They contain bytecode for everything that they import, labels that describe
    them and name their base, and come with a bill of materials.

    Targets produced:
        NAME: an index with the image of the whole library first, then those of the components. It is
            what the tag in a registry refers to.
        NAME.digest: the index's digest.
        NAME.reference: the kfp_image_reference, which a kfp_pipeline with `image = NAME` uses.
        NAME.load: loads the image of the whole library into the first of docker, podman and nerdctl
            that answers on this machine.
        NAME.push: pushes all images under their tag. It fails if the tag already refers to other images:
            a tag keeps its content, so that images that a cluster has pulled, and results in its cache,
            stay valid. Only the tag of a development version can be moved, with --allow-overwrite.
        NAME.sbom: the bills of materials of all images.
        NAME.whole: the image of the whole library.
        NAME.ARCHITECTURE: all images of an architecture, for image_of.
        NAME.repository, NAME.architectures: string_flags, unless labels of flags were given.

    Args:
        name: name of the images.
        base: the base image of each architecture, `amd64` or `arm64`, such as
            `{"amd64": "@python_base_linux_amd64"}`. Any image with this build's version of Python is
            suitable, including those with CUDA.
        deps: the libraries of the image of the whole library.
        repository: the repository to push to, or the label of a string_flag with it.
        tag: their tag, which is the version.
        title: the title of the images.
        components: for each component, by the name of its function, the library that it imports when
            it runs. Or the label of a kfp_components.
        wrappers: libraries with the components themselves; the image of the whole library has their
            modules, but not the modules that they import.
        architectures: `amd64`, `arm64` or `all`, or the label of a string_flag with one of these.
        base_digest: a file with the digest of the base's index, such as `@python_base//:digest`.
        base_name: a file with the base's reference; see pulled_reference.
        env: environment variables in addition to those of the base.
        kfp: the kfp library. Set this if your pip hub is not called `pip`.
        labels: further labels and annotations; those that OCI predefines begin with
            `org.opencontainers.image.`.
        layers: py_layers for distributions that must be trimmed, or that belong together.
            `{architecture}` in a label stands for the architecture. An image contains a py_layer if it
            needs one of its distributions; any other distribution has a layer of its own.
        licenses: for the bills of materials, the licence of each distribution whose metadata does not
            have an SPDX licence, as an SPDX identifier or expression by the distribution's name.
        placeholder: the reference that the components name, if it is not REPOSITORY:TAG.
        remove: globs of the base's files to remove from all images.
        standard_library: globs of the standard library's modules for which images contain bytecode.
        tags: tags of every target.
        testonly: whether all targets are for tests.
        user: the user, and the group after a colon.
        visibility: visibility of the targets.
        wheel: the wheel of the library, which the image of the whole library declares as installed.
        wheels: the wheels of all distributions, such as `@pip//numpy:whl`, for the bills of materials.
            Without them no bill is written.
        wheel_requirement: as in kfp_image_reference.
    """
    common = dict(tags = tags, testonly = testonly, visibility = visibility)
    stamp = select({
        Label("//bazel/images:stamped"): True,
        "//conditions:default": False,
    })
    described = dict(
        base_name = base_name,
        labels = {_VERSION: tag} | labels,
        stamp = stamp,
        title = title,
    ) | common

    py_layer(
        name = name + ".kfp_layer",
        exclude_if_there = _UNUSED_OF_KFP,
        transitive = False,
        deps = [kfp],
        **common
    )
    if wheel:
        wheel_metadata_layer(name = name + ".metadata_layer", wheel = wheel, **common)
    if type(components) == "dict":
        kfp_components(
            name = name + ".components",
            components = components.keys(),
            libraries = components.values(),
            **common
        )
        components = ":" + name + ".components"

    for architecture, layout in base.items():
        images = "{}.{}".format(name, architecture)
        removal_layer(name = images + ".removals", base = layout, remove = remove, **common)
        bytecode_layer(name = images + ".bytecode", base = layout, modules = standard_library, **common)
        platform_images(
            name = images,
            base = layout,
            components = [components],
            deps = deps,
            env = {"PYTHONPATH": "/" + IN_IMAGE} | env,
            layers = [layer.format(architecture = architecture) for layer in layers],
            licenses = licenses,
            lowest = [images + ".removals", images + ".bytecode"],
            platform = Label("//bazel/images:linux_" + architecture),
            runtime = [":" + name + ".kfp_layer"],
            topmost = [":" + name + ".metadata_layer"] if wheel else [],
            user = user,
            wheel = wheel,
            wheels = wheels,
            workdir = "/tmp",
            wrappers = wrappers,
            **described
        )

    chosen = _chosen(name, base, _flag(name + ".architectures", architectures, ["all"] + _ARCHITECTURES))
    image_set(
        name = name,
        base_digest = base_digest,
        images = select({setting: [":{}.{}".format(name, one) for one in some] for setting, some in chosen.items()}),
        **described
    )
    for group, suffix in {"bills": ".sbom", "digest": ".digest"}.items():
        native.filegroup(name = name + suffix, srcs = [name], output_group = group, **common)
    image_of(
        name = name + ".whole",
        images = select({setting: ":{}.{}".format(name, some[0]) for setting, some in chosen.items()}),
        **common
    )
    oci_load(
        name = name + ".load",
        image = ":" + name + ".whole",
        loader = Label("//bazel/images:load_main"),
        repo_tags = [placeholder or "{}:{}".format(repository, tag)],
        **common
    )
    kfp_image_reference(
        name = name + ".reference",
        digest = ":" + name + ".digest",
        image = ":" + name,
        images = ":" + name,
        placeholder = placeholder or "{}:{}".format(repository, tag),
        repository = _flag(name + ".repository", repository),
        tag = tag,
        wheel_requirement = wheel_requirement,
        **common
    )
    image_push(name = name + ".push", image = ":" + name, reference = ":" + name + ".reference", **common)

def _chosen(name, base, flag):
    """Returns the architectures to build for each setting of the flag."""
    choices = {architecture: [architecture] for architecture in base} | {"all": base.keys()}
    for choice in choices:
        native.config_setting(
            name = "{}.wants_{}".format(name, choice),
            flag_values = {flag: choice},
            visibility = ["//visibility:private"],
        )
    return {":{}.wants_{}".format(name, choice): some for choice, some in choices.items()}
