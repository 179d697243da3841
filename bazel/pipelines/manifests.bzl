"""Pipelines as files for a cluster: manifests for `kubectl apply`, or an image that a server loads."""

load("@bazel_skylib//rules:run_binary.bzl", "run_binary")
load("@rules_oci//oci:defs.bzl", "oci_image", "oci_push")
load("@rules_python//python:defs.bzl", "py_binary")

visibility("//bazel/...")

_LAUNCHER = Label("//bazel/pipelines/kfp_launcher")
_MANIFEST = Label("//bazel/pipelines/kfp_launcher:manifest_main.py")
_KUSTOMIZATION = Label("//bazel/pipelines/kfp_launcher:kustomization_main.py")
_MANAGED = Label("//bazel/pipelines/kfp_launcher:managed_main.py")
_RELEASED = Label("//bazel/images:stamped")

def _tool(name, main, kfp, **kwargs):
    py_binary(name = name, srcs = [main], main = main, deps = [kfp, _LAUNCHER], **kwargs)
    return name

def kfp_manifest(name, definition, kfp, **kwargs):
    """Writes a definition as the Kubernetes objects that KFP keeps in its Kubernetes-native mode.

    The version has the name that NAME.upload gives it: the version of the module and a digest of
    the content, or with `--config=release` only the version of the module.

    Targets produced:
        NAME: NAME.yaml, a Pipeline and a PipelineVersion.
        NAME.tool: the program that writes it.

    Args:
        name: name of the target.
        definition: the compiled definition.
        kfp: the kfp library.
        **kwargs: common attributes.
    """
    out = name + ".yaml"
    run_binary(
        name = name,
        srcs = [definition],
        outs = [out],
        args = [
            "--label=//{}:{}".format(native.package_name(), name),
            "--version=" + (native.module_version() or ""),
        ] + select({
            _RELEASED: ["--release"],
            "//conditions:default": [],
        }) + [
            "$(execpath {})".format(definition),
            "$(execpath {})".format(out),
        ],
        tool = _tool(name + ".tool", _MANIFEST, kfp, **kwargs),
        **kwargs
    )

def _kfp_manifests_impl(ctx):
    folder = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add("--out=" + folder.path)
    args.add_all(ctx.files.manifests)
    ctx.actions.run(
        executable = ctx.executable.tool,
        arguments = [args],
        inputs = ctx.files.manifests,
        outputs = [folder],
        mnemonic = "KfpManifests",
        progress_message = "Gathering %{label}",
        toolchain = None,
    )
    return DefaultInfo(files = depset([folder]), runfiles = ctx.runfiles([folder]))

_kfp_manifests = rule(
    implementation = _kfp_manifests_impl,
    doc = "A folder with manifests and a kustomization.",
    attrs = {
        "manifests": attr.label_list(mandatory = True, allow_files = [".yaml"], doc = "The manifests."),
        "tool": attr.label(mandatory = True, executable = True, cfg = "exec", doc = "The program that gathers them."),
    },
)

def _beside(label, suffix):
    label = native.package_relative_label(label)
    return label.same_package_label(label.name + suffix)

def kfp_manifests(name, pipelines, kfp = "@pip//kfp", tags = [], visibility = None):
    """Gathers the manifests of pipelines for `kubectl apply -k`.

    They are for servers that store pipelines as Kubernetes objects, and equal those that NAME.upload of
    each pipeline creates there; see docs/cluster.md.

    Example:
        kfp_manifests(
            name = "manifests",
            pipelines = [":training", ":scoring"],
        )

    Targets produced:
        NAME: a folder with the manifest of each pipeline and a kustomization.yaml.
        NAME.tool: the program that makes it.

    Args:
        name: name of the folder.
        pipelines: labels of kfp_pipelines.
        kfp: the kfp library. Set this if your pip hub is not called `pip`.
        tags: tags of every target.
        visibility: visibility of the targets.
    """
    act = dict(tags = tags + ["manual"], visibility = visibility)
    _kfp_manifests(
        name = name,
        manifests = [_beside(pipeline, ".manifest") for pipeline in pipelines],
        tags = tags,
        tool = _tool(name + ".tool", _KUSTOMIZATION, kfp, **act),
        visibility = visibility,
    )

def kfp_managed(name, pipelines, repository, mounted_at = "/pipelines", kfp = "@pip//kfp", tags = [], visibility = None):
    """Packs pipelines into an image for KFP servers that load pipelines when they start.

    The image holds the definitions and `sample_config.json`, which lists them, and nothing that
    could run. Mount it in the server's container, and start the server with
    `--sampleconfig=/pipelines/sample_config.json`. A server silently ignores different content for
    a version that it already has, so the names of these versions always include a digest.

    Example:
        kfp_managed(
            name = "managed",
            pipelines = [":training", ":scoring"],
            repository = "registry.example.com/team/pipelines",
        )

    Targets produced:
        NAME: the image.
        NAME.push: pushes it.
        NAME.layer, NAME.tool: its layer, and the program that packs it.

    Args:
        name: name of the image.
        pipelines: labels of kfp_pipelines.
        repository: where NAME.push pushes it.
        mounted_at: the path at which the server sees the root of the image.
        kfp: the kfp library. Set this if your pip hub is not called `pip`.
        tags: tags of every target.
        visibility: visibility of the targets.
    """
    act = dict(tags = tags + ["manual"], visibility = visibility)
    out = name + ".tar"
    run_binary(
        name = name + ".layer",
        srcs = pipelines,
        outs = [out],
        args = [
            "--version=" + (native.module_version() or ""),
            "--mounted_at=" + mounted_at,
            "--out=$(execpath {})".format(out),
        ] + ["$(execpath {})".format(pipeline) for pipeline in pipelines],
        tags = tags,
        tool = _tool(name + ".tool", _MANAGED, kfp, **act),
        visibility = visibility,
    )
    oci_image(
        name = name,
        # It holds only data, which is the same for every platform.
        architecture = "amd64",
        os = "linux",
        tags = tags,
        tars = [name + ".layer"],
        visibility = visibility,
    )
    oci_push(name = name + ".push", image = name, repository = repository, **act)
