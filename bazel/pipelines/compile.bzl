"""The compile rule, which turns one Python file into one pipeline or component definition."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("//bazel/images:image_reference.bzl", "KfpImageInfo")
load("//bazel/pipelines:py_archives.bzl", "PyArchivesInfo", "py_archives")
load("//bazel/private:installed.bzl", "SITE_PACKAGES", "is_installed")

visibility("//bazel/...")

# The suffix of each format. KFP has manifests only for pipelines.
_SUFFIX = {
    "component": {"json": "json", "yaml": "yaml"},
    "pipeline": {"json": "json", "kubernetes": "yaml", "yaml": "yaml"},
}

_WORKER = {
    "requires-worker-protocol": "json",
    "supports-multiplex-sandboxing": "1",
    "supports-multiplex-workers": "1",
    "supports-worker-cancellation": "1",
    "supports-workers": "1",
}

def _declared_source(file):
    """Returns the runfiles path and the location of a source, separated by a tab."""
    if is_installed(file):
        return None
    path = file.short_path
    return (path[3:] if path.startswith("../") else "_main/" + path) + "\t" + file.path

def _installed_root(root):
    return root if root.endswith(SITE_PACKAGES) else None

def _imports(targets):
    return depset(transitive = [target[PyInfo].imports for target in targets])

def _archives(targets):
    return depset(transitive = [target[PyArchivesInfo].archives for target in targets])

def _loose_files(targets):
    return depset(transitive = [target[PyArchivesInfo].sources for target in targets])

def _image_flag(image, normal):
    return json.encode({
        "digest_file": "" if normal else image.digest.path,
        "digests_file": image.digests.path if image.digests and not normal else "",
        "label": image.label,
        "placeholder": image.placeholder,
        "reference": image.label if normal else image.reference,
    })

def _wheel_flag(image, label):
    if not image.wheel:
        fail("{}.delivery must be image, got \"wheel\". {} has no wheel_requirement.".format(label.name, image.label))
    return json.encode({
        "base_image": image.wheel.base_image,
        "label": image.label,
        "pip_index_urls": image.wheel.pip_index_urls,
        "pip_trusted_hosts": image.wheel.pip_trusted_hosts,
        "placeholder": image.placeholder,
        "requirement": image.wheel.requirement,
    })

def _by_wheel(ctx):
    """Returns whether wheels replace the images, which never happens in a normal form."""
    if ctx.attr.normal or not ctx.attr.delivery:
        return False
    delivery = ctx.attr.delivery[BuildSettingInfo].value
    if delivery not in ("image", "wheel"):
        fail("{} must be image or wheel, got {}.".format(ctx.attr.delivery.label, repr(delivery)))
    return delivery == "wheel"

def _add_images(ctx, args, images):
    if _by_wheel(ctx):
        args.add_all([_wheel_flag(image, ctx.label) for image in images], format_each = "--wheel=%s")
    else:
        args.add_all([_image_flag(image, ctx.attr.normal) for image in images], format_each = "--image=%s")

def _add_sources(ctx, args, sources):
    args.add(ctx.file.src, format = "--source=%s")
    args.add_all(sources, map_each = _declared_source, format_each = "--file=%s")
    args.add("--root=" + (ctx.file.src.owner.repo_name or "_main"))
    args.add_all(_imports(ctx.attr.deps), format_each = "--root=%s")
    args.add_all(_archives(ctx.attr.deps), format_each = "--archive=%s")

def _check_format(ctx):
    formats = sorted(_SUFFIX[ctx.attr.kind])
    if ctx.attr.format not in formats:
        fail("{}.format of a {} must be one of {}, got {}.".format(ctx.label.name, ctx.attr.kind, formats, repr(ctx.attr.format)))
    if ctx.attr.manifest != "{}" and ctx.attr.format != "kubernetes":
        fail("{}.manifest must be empty, got {}. Set format = \"kubernetes\".".format(ctx.label.name, ctx.attr.manifest))

def _add_options(ctx, args):
    args.add("--label=" + str(ctx.label).removeprefix("@@").removesuffix(".normal"))
    args.add("--kind=" + ctx.attr.kind)
    args.add("--function=" + ctx.attr.function)
    args.add("--parameters=" + ctx.attr.parameters)
    if ctx.attr.format == "kubernetes":
        args.add("--manifest=" + ctx.attr.manifest)
    if ctx.attr.normal:
        args.add("--normal")
        args.add("--version=" + ctx.attr.version)
    if not ctx.attr.normal:
        args.add("--allow=" + json.encode(ctx.attr.allow))
        if ctx.attr.strict:
            args.add("--strict")
    if not ctx.attr.caching:
        args.add("--no_caching")
    if not ctx.attr.type_check:
        args.add("--no_type_check")

def _request(ctx, outs, images, sources):
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    _add_options(ctx, args)
    for flag, out in outs.items():
        args.add(out, format = "--" + flag + "=%s")
    _add_images(ctx, args, images)
    _add_sources(ctx, args, sources)
    return args

def _startup(ctx):
    """Returns the startup arguments of a worker. A worker keeps KFP, so each KFP has a worker."""
    args = ctx.actions.args()
    args.add_all(_imports([ctx.attr.kfp]), map_each = _installed_root, format_each = "--kfp_root=%s")
    args.add_all(_archives([ctx.attr.kfp]), format_each = "--kfp_archive=%s")
    return args

def _outputs(ctx):
    """Declares each output by its flag; a normal form is written together with an interface."""
    suffix = _SUFFIX[ctx.attr.kind][ctx.attr.format]
    outs = {"out": ctx.actions.declare_file("{}.{}".format(ctx.label.name, suffix))}
    if ctx.attr.normal:
        name = ctx.label.name.removesuffix(".normal")
        outs["interface"] = ctx.actions.declare_file(name + ".interface.now.json")
    return outs

def _sources(ctx):
    files = [ctx.file.src] + ctx.files.data
    return depset(files, transitive = [_loose_files(ctx.attr.deps)])

def _kfp_compile_impl(ctx):
    _check_format(ctx)
    images = [image[KfpImageInfo] for image in ctx.attr.images]
    digests = [] if ctx.attr.normal else [
        file
        for image in images
        for file in [image.digest, image.digests]
        if file
    ]
    outs, sources = _outputs(ctx), _sources(ctx)
    ctx.actions.run(
        executable = ctx.executable._compiler,
        arguments = [_startup(ctx), _request(ctx, outs, images, sources)],
        inputs = depset(digests, transitive = [sources, _archives(ctx.attr.deps)]),
        # Bazel restarts a worker when one of its tool files changes.
        tools = [_archives([ctx.attr.kfp]), _loose_files([ctx.attr.kfp])],
        outputs = outs.values(),
        # Makes a source iterate over a set in the same order every time.
        env = {"PYTHONHASHSEED": "0"},
        mnemonic = "KfpCompile",
        progress_message = "Compiling %{label}",
        execution_requirements = _WORKER,
        toolchain = None,
    )
    out = outs.pop("out")
    return [
        DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out])),
        OutputGroupInfo(**{group: depset([file]) for group, file in outs.items()}),
    ]

kfp_compile = rule(
    implementation = _kfp_compile_impl,
    doc = "Compiles a pipeline or a component.",
    attrs = {
        "allow": attr.string_dict(doc = "The trap rules that the definition may break, each with the reason."),
        "caching": attr.bool(default = True, doc = "Whether KFP may reuse cached results for tasks that do not configure caching themselves."),
        "data": attr.label_list(allow_files = True, cfg = "exec", doc = "Files that the source reads while it is compiled."),
        "delivery": attr.label(providers = [BuildSettingInfo], doc = "string_flag: `image`, or `wheel` to install wheels in a generic image."),
        "deps": attr.label_list(providers = [PyInfo], aspects = [py_archives], cfg = "exec", doc = "Python libraries that the file imports."),
        "format": attr.string(default = "yaml", doc = "`yaml`, `json`, or `kubernetes` for the manifest of a pipeline."),
        "function": attr.string(doc = "The function to compile; may be empty if the file defines only one."),
        "images": attr.label_list(providers = [KfpImageInfo], doc = "References of the images of the components."),
        "kfp": attr.label(mandatory = True, providers = [PyInfo], aspects = [py_archives], cfg = "exec", doc = "The kfp library."),
        "kind": attr.string(mandatory = True, values = ["component", "pipeline"], doc = "Whether the function is a component or a pipeline."),
        "manifest": attr.string(default = "{}", doc = "JSON object: options of a Kubernetes manifest."),
        "normal": attr.bool(doc = "Whether to leave out everything that can change without a change of the pipeline."),
        "parameters": attr.string(default = "{}", doc = "JSON object: values for the pipeline's parameters."),
        "src": attr.label(mandatory = True, allow_single_file = [".py"], doc = "The Python file."),
        "strict": attr.bool(doc = "Whether every trap that is found fails the build."),
        "type_check": attr.bool(default = True, doc = "Whether KFP checks that the types of connected outputs and inputs match."),
        "version": attr.string(doc = "Version of the module, which is recorded in the interface of a normal form."),
        "_compiler": attr.label(
            default = "//bazel/pipelines/kfp_compiler:compile",
            executable = True,
            cfg = "exec",
        ),
    },
)
