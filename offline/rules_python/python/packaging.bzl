"""py_wheel and py_package, with the attributes rules_python gives them."""

PyWheelInfo = provider("A built wheel.", fields = ["name_file", "wheel"])

def _inside(file, prefixes):
    path = file.short_path
    if path.startswith("../"):
        path = path.split("/", 2)[2]
    for prefix in prefixes:
        if path.startswith(prefix):
            return path[len(prefix):].lstrip("/")
    return path

def _escape(text):
    return "".join([c if c.isalnum() or c == "." else "_" for c in text.elems()])

def _wheel_impl(ctx):
    a = ctx.attr
    out = ctx.actions.declare_file("{}-{}-{}-{}-{}.whl".format(_escape(a.distribution), _escape(a.version), a.python_tag, a.abi, a.platform))
    name_file = ctx.actions.declare_file(ctx.label.name + ".name")
    spec = ctx.actions.declare_file(ctx.label.name + ".wheel.json")
    files = depset(ctx.files.deps).to_list()
    status = [ctx.info_file, ctx.version_file] if "{" in a.version else []
    description = [ctx.file.description_file] if ctx.file.description_file else []
    requires_file = [ctx.file.requires_file] if ctx.file.requires_file else []
    entry_points = dict(a.entry_points)
    if a.console_scripts:
        entry_points["console_scripts"] = ["{} = {}".format(k, v) for k, v in a.console_scripts.items()]
    ctx.actions.write(spec, json.encode({
        "abi": a.abi,
        "description": description[0].path if description else "",
        "distribution": a.distribution,
        "entry_points": entry_points,
        "extra_requires": a.extra_requires,
        "files": [[_inside(f, a.strip_path_prefixes), f.path] for f in files],
        "headers": [
            ["Summary", a.summary],
            ["Home-page", a.homepage],
            ["Author", a.author],
            ["Author-email", a.author_email],
            ["License", a.license],
            ["Description-Content-Type", a.description_content_type],
            ["Requires-Python", a.python_requires],
        ] + [["Classifier", c] for c in a.classifiers],
        "name_file": name_file.path,
        "out": out.path,
        "platform": a.platform,
        "python_tag": a.python_tag,
        "requires": a.requires,
        "requires_file": ctx.file.requires_file.path if ctx.file.requires_file else "",
        "status": [f.path for f in status],
        "version": a.version,
    }))
    ctx.actions.run(
        executable = ctx.executable._wheelmaker,
        arguments = [spec.path],
        inputs = files + status + requires_file + description + [spec],
        outputs = [out, name_file],
        mnemonic = "PyWheel",
        progress_message = "Building wheel %{label}",
    )
    return [
        DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out])),
        PyWheelInfo(wheel = out, name_file = name_file),
    ]

_py_wheel = rule(
    implementation = _wheel_impl,
    attrs = {
        "abi": attr.string(default = "none"),
        "author": attr.string(),
        "author_email": attr.string(),
        "classifiers": attr.string_list(),
        "console_scripts": attr.string_dict(),
        "deps": attr.label_list(allow_files = True),
        "description_content_type": attr.string(),
        "description_file": attr.label(allow_single_file = True),
        "distribution": attr.string(mandatory = True),
        "entry_points": attr.string_list_dict(),
        "extra_requires": attr.string_list_dict(),
        "homepage": attr.string(),
        "license": attr.string(),
        "platform": attr.string(default = "any"),
        "python_requires": attr.string(),
        "python_tag": attr.string(default = "py3"),
        "requires": attr.string_list(),
        "requires_file": attr.label(allow_single_file = True),
        "strip_path_prefixes": attr.string_list(),
        "summary": attr.string(),
        "version": attr.string(mandatory = True),
        "_wheelmaker": attr.label(default = "//python/private:wheelmaker", executable = True, cfg = "exec"),
    },
)

def _dist_impl(ctx):
    out = ctx.actions.declare_directory(ctx.attr.out)
    info = ctx.attr.wheel[PyWheelInfo]
    ctx.actions.run_shell(
        inputs = [info.wheel, info.name_file],
        outputs = [out],
        command = 'cp "$1" "$3/$(cat "$2")"',
        arguments = [info.wheel.path, info.name_file.path, out.path],
        mnemonic = "PyWheelDist",
    )
    return DefaultInfo(files = depset([out]))

_py_wheel_dist = rule(
    implementation = _dist_impl,
    attrs = {"out": attr.string(mandatory = True), "wheel": attr.label(providers = [PyWheelInfo])},
)

def py_wheel(name, twine = None, twine_binary = None, publish_args = [], **kwargs):
    """A wheel, and beside it NAME.dist, a folder with the wheel under its final name."""
    _py_wheel(name = name, **kwargs)
    _py_wheel_dist(name = name + ".dist", wheel = name, out = name + "_dist", visibility = kwargs.get("visibility"))

def _package_impl(ctx):
    files = depset(transitive = [d[DefaultInfo].default_runfiles.files for d in ctx.attr.deps])
    wanted = [p.replace(".", "/") + "/" for p in ctx.attr.packages]
    return DefaultInfo(files = depset([
        f
        for f in files.to_list()
        if not f.short_path.startswith("../") and (not wanted or any([f.short_path.startswith(w) for w in wanted]))
    ]))

py_package = rule(
    implementation = _package_impl,
    attrs = {"deps": attr.label_list(), "packages": attr.string_list()},
)
