"""kfp_image: the images of a library of components, each by what it depends on, as one version."""

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

# What bases of Python bring along and no pod should have.
_INSTALLERS = [
    "usr/local/bin/pip*",
    "usr/local/lib/python3.*/ensurepip",
    "usr/local/lib/python3.*/site-packages/pip",
    "usr/local/lib/python3.*/site-packages/pip-*.dist-info",
]

# A component's executor imports kfp.dsl, and nothing of what kfp requires.
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

    A component's image holds what its own library needs: the modules of each py_library in a layer of
    their own, the distributions that these import, and kfp. So an edit changes the digests of the
    components that depend on it, and no others. All of them run as a user that is a number, without
    entrypoint and without installer, with bytecode of all that they import, say of themselves what they
    are and which base they have, and have a bill of materials.

    Targets produced:
        NAME: an index: the image of the whole library first, then those of the components. What a
            registry shows under the tag.
        NAME.digest: the index's digest.
        NAME.reference: what a kfp_pipeline with `image = NAME` must know of the images.
        NAME.load: loads the image of the whole library into the container engine of this machine.
        NAME.push: pushes all images under their tag. A tag that shows others is refused: it keeps its
            content, so that what a cluster has pulled, and answers from its cache, stays what it was.
            Only the tag of a development version moves, with --allow-overwrite.
        NAME.sbom: the bills of materials of all images.
        NAME.whole: the image of the whole library.
        NAME.ARCHITECTURE: all images of an architecture, for image_of.
        NAME.repository, NAME.architectures: string_flags, unless labels of flags were given.

    Args:
        name: name of the images.
        base: the base image of each architecture, `amd64` or `arm64`, such as
            `{"amd64": "@python_base_linux_amd64"}`. Any with Python of this build's version serves,
            CUDA's among them.
        deps: the libraries of the image of the whole library.
        repository: where the images go, or the label of a string_flag that says it.
        tag: their tag, which is the version.
        title: what the images are called.
        components: the library of each component, by the name of the component's function: what the
            component imports when it runs. Or the label of a kfp_components.
        wrappers: libraries with the components themselves; the image of the whole library has their
            modules, and not what they import.
        architectures: `amd64`, `arm64` or `all`, or the label of a string_flag that says it.
        base_digest: a file with the digest of the base's index, such as `@python_base//:digest`.
        base_name: a file with the base's reference; see pulled_reference.
        env: environment variables beside those of the base.
        kfp: the kfp library; a workspace whose pip hub has another name says so here.
        labels: further labels and annotations; those that OCI predefines begin with
            `org.opencontainers.image.`.
        layers: py_layers that distributions come in which would be too large as they are, or which
            belong together. `{architecture}` in a label stands for the architecture. An image has those
            of which it needs a distribution; any other distribution has a layer of its own.
        licenses: the licence, an identifier or expression of SPDX, of each distribution whose metadata
            says none, or none of SPDX, by its name; for the bills of materials.
        placeholder: the reference that the components name, where it is not REPOSITORY:TAG.
        remove: globs of what no image takes over from the base.
        standard_library: globs of modules of Python that the image has bytecode of.
        tags: tags of every target.
        testonly: whether all targets are for tests.
        user: the user, and the group after a colon.
        visibility: visibility of the targets.
        wheel: the wheel of the library, which the image of the whole library says is installed.
        wheels: the wheels of all distributions, such as `@pip//numpy:whl`, for the bills of materials.
            Without them there is no bill.
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
    """The architectures that are built, by the setting of the flag."""
    choices = {architecture: [architecture] for architecture in base} | {"all": base.keys()}
    for choice in choices:
        native.config_setting(
            name = "{}.wants_{}".format(name, choice),
            flag_values = {flag: choice},
            visibility = ["//visibility:private"],
        )
    return {":{}.wants_{}".format(name, choice): some for choice, some in choices.items()}
