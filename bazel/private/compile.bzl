"""The rule that compiles: one Python file in, one pipeline or component definition out."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//bazel/private:image_reference.bzl", "KfpImageInfo")

visibility("//bazel/...")

_INSTALLED = "/site-packages"

_WORKER = {
    "requires-worker-protocol": "json",
    "supports-multiplex-sandboxing": "1",
    "supports-multiplex-workers": "1",
    "supports-worker-cancellation": "1",
    "supports-workers": "1",
}

def _declared_source(file):
    """Runfiles path and place of a source; installed packages are found by their folder."""
    if _INSTALLED + "/" in file.path:
        return None
    path = file.short_path
    return (path[3:] if path.startswith("../") else "_main/" + path) + "=" + file.path

def _installed_root(root):
    return "external/" + root if root.endswith(_INSTALLED) else None

def _imports(targets):
    return depset(transitive = [target[PyInfo].imports for target in targets])

def _runfiles(targets):
    return depset(transitive = [target[DefaultInfo].default_runfiles.files for target in targets])

def _image_flag(info, normal):
    reference = "{}:{}".format(info.repository, info.tag)
    return json.encode({
        "digest_file": "" if normal else info.digest.path,
        "label": info.label,
        "placeholder": info.placeholder,
        "reference": info.label if normal else reference,
    })

def _request(ctx, out, images):
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add("--label=" + str(ctx.label).removeprefix("@@").removesuffix(".normal"))
    args.add("--kind=" + ctx.attr.kind)
    args.add(ctx.file.src, format = "--source=%s")
    args.add("--function=" + ctx.attr.function)
    args.add(out, format = "--out=%s")
    args.add("--parameters=" + ctx.attr.parameters)
    if ctx.attr.normal:
        args.add("--normal")
    args.add_all([_image_flag(image, ctx.attr.normal) for image in images], format_each = "--image=%s")
    args.add_all(
        depset([ctx.file.src], transitive = [_runfiles(ctx.attr.deps)]),
        map_each = _declared_source,
        format_each = "--file=%s",
    )
    args.add("--root=" + (ctx.file.src.owner.workspace_name or "_main"))
    args.add_all(_imports(ctx.attr.deps), format_each = "--root=%s")
    return args

def _compile_impl(ctx):
    images = [image[KfpImageInfo] for image in ctx.attr.images]
    out = ctx.actions.declare_file(ctx.attr.out)
    kfp = [ctx.attr.kfp]
    startup = ctx.actions.args()
    startup.add_all(_imports(kfp), map_each = _installed_root, format_each = "--kfp_root=%s")
    ctx.actions.run(
        executable = ctx.executable._compiler,
        arguments = [startup, _request(ctx, out, images)],
        inputs = depset(
            [ctx.file.src] + ([] if ctx.attr.normal else [image.digest for image in images]),
            transitive = [_runfiles(ctx.attr.deps)],
        ),
        tools = [_runfiles(kfp)],
        outputs = [out],
        mnemonic = "KfpCompile",
        execution_requirements = _WORKER,
        progress_message = "Compiling %{label}",
    )
    return DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))

kfp_compile = rule(
    implementation = _compile_impl,
    doc = "Compiles a pipeline or a component.",
    attrs = {
        "deps": attr.label_list(providers = [PyInfo], cfg = "exec", doc = "Python libraries the file imports."),
        "function": attr.string(doc = "The function to compile; may be empty if the file defines only one."),
        "images": attr.label_list(providers = [KfpImageInfo], doc = "References of the images of its components."),
        "kfp": attr.label(mandatory = True, providers = [PyInfo], cfg = "exec", doc = "The kfp library."),
        "kind": attr.string(mandatory = True, values = ["component", "pipeline"], doc = "What the function is."),
        "normal": attr.bool(doc = "Whether to leave out what changes although the pipeline does not."),
        "out": attr.string(mandatory = True, doc = "Name of the output; `.json` makes it JSON."),
        "parameters": attr.string(default = "{}", doc = "JSON object: values for the pipeline's parameters."),
        "src": attr.label(mandatory = True, allow_single_file = [".py"], doc = "The Python file."),
        "_compiler": attr.label(
            default = "//bazel/private/kfp_compiler:compile",
            executable = True,
            cfg = "exec",
        ),
    },
)
