"""The rule behind py_wheel."""

load(":stamp.bzl", "STAMP_ATTRS", "is_stamped")
load(":wheel_name.bzl", "wheel_name")
load(":wheel_path.bzl", "wheel_path")

visibility("//python/...")

PyWheelInfo = provider(
    doc = "A wheel.",
    fields = {
        "name_file": "File: holds the wheel's final name.",
        "wheel": "File: the wheel.",
    },
)

_CONTENT_TYPES = {
    "md": "text/markdown",
    "rst": "text/x-rst",
}

_DATA_SCHEMES = ["purelib", "platlib", "headers", "scripts", "data"]

_LONGEST_URL_LABEL = 32

def _expand(ctx, text):
    for name, value in ctx.var.items():
        text = text.replace("$(%s)" % name, value)
    return text

def _content_type(ctx):
    if ctx.attr.description_content_type or not ctx.file.description_file:
        return ctx.attr.description_content_type
    return _CONTENT_TYPES.get(ctx.file.description_file.extension, "text/plain")

def _project_urls(ctx):
    for label in ctx.attr.project_urls:
        if len(label) > _LONGEST_URL_LABEL:
            fail("`label` {} in `project_urls` is too long. It is limited to {} characters.".format(len(label), _LONGEST_URL_LABEL))
    return [("Project-URL", "{}, {}".format(*item)) for item in sorted(ctx.attr.project_urls.items())]

def _headers(ctx):
    """The METADATA fields that are known at this point, in order."""
    attrs = ctx.attr
    fields = [
        ("Author", attrs.author),
        ("Author-email", attrs.author_email),
        ("Home-page", attrs.homepage),
        ("License", attrs.license),
        ("Description-Content-Type", _content_type(ctx)),
        ("Summary", attrs.summary),
    ] + _project_urls(ctx)
    fields += [("Classifier", classifier) for classifier in attrs.classifiers]
    fields.append(("Requires-Python", attrs.python_requires))
    return [field for field in fields if field[1]]

def _only_file(ctx, attribute, target):
    files = target[DefaultInfo].files.to_list()
    if len(files) != 1:
        fail("Labels in `{}` must result in a single file, but {} provides {} from {}".format(attribute, ctx.label, files, target.label))
    return files[0]

def _extra_files(ctx):
    files = {}
    for target, extra in ctx.attr.extra_requires_files.items():
        if extra in files:
            fail("Duplicate `extra_requires_files` option '{}' found on target {}".format(extra, ctx.label))
        files[extra] = _only_file(ctx, "extra_requires_files", target)
    return files

def _requirements(ctx):
    """The requirements of the wheel: groups of an extra, lines and a file; and the files."""
    for inline, in_file in [("requires", "requires_file"), ("extra_requires", "extra_requires_files")]:
        if getattr(ctx.attr, inline) and getattr(ctx.attr, in_file):
            fail("`{}` and `{}` are mutually exclusive. Please update {}".format(inline, in_file, ctx.label))
    files = {"": ctx.file.requires_file} if ctx.file.requires_file else {}
    files |= _extra_files(ctx)
    lines = {"": ctx.attr.requires} | ctx.attr.extra_requires
    groups = [
        struct(extra = extra, file = files[extra].path if extra in files else None, lines = lines.get(extra, []))
        for extra in sorted(files | lines)
    ]
    return groups, files.values()

def _entry_points(ctx):
    """The text of entry_points.txt, which may be empty."""
    groups = dict(ctx.attr.entry_points)
    scripts = ["{} = {}".format(*item) for item in ctx.attr.console_scripts.items()]
    if scripts:
        groups["console_scripts"] = groups.get("console_scripts", []) + scripts
    return "\n\n".join([
        "\n".join(["[{}]".format(group)] + sorted(points))
        for group, points in sorted(groups.items())
    ])

def _data_files(ctx):
    """Pairs of a path below .data and the file for it."""
    pairs = []
    for target, path in ctx.attr.data_files.items():
        files = target[DefaultInfo].files.to_list()
        if len(files) != 1 and not path.endswith("/"):
            fail("Multi-file target listed in data_files %s, this is only supported when specifying a folder path (i.e. a path ending in '/')", path)
        if path.partition("/")[0] not in _DATA_SCHEMES:
            fail("The target data file must start with one of these prefixes: '{}'.  Target filepath: '{}'".format(",".join(_DATA_SCHEMES), path))
        pairs += [(path + file.basename if path.endswith("/") else path, file) for file in files]
    return pairs

def _distinfo_files(ctx):
    """Pairs of a path below .dist-info and the file for it."""
    return [
        (path, _only_file(ctx, "extra_distinfo_files", target))
        for target, path in ctx.attr.extra_distinfo_files.items()
    ]

def _paths(pairs):
    return [(path, file.path) for path, file in pairs]

def _py_wheel_impl(ctx):
    attrs = ctx.attr
    tags = {
        "abi": _expand(ctx, attrs.abi),
        "distribution": attrs.distribution,
        "platform": attrs.platform,
        "python_tag": _expand(ctx, attrs.python_tag),
        "version": _expand(ctx, attrs.version),
    }
    wheel = ctx.actions.declare_file(wheel_name(**tags))
    name_file = ctx.actions.declare_file(ctx.label.name + ".name")
    packaged = [(wheel_path(file), file) for file in depset(ctx.files.deps).to_list()]
    data, distinfo = _data_files(ctx), _distinfo_files(ctx)
    requirements, requirement_files = _requirements(ctx)
    status = [ctx.version_file, ctx.info_file] if is_stamped(ctx) else []
    description = [ctx.file.description_file] if ctx.file.description_file else []
    spec = ctx.actions.declare_file(ctx.label.name + ".wheel.json")
    ctx.actions.write(spec, json.encode(tags | {
        "compress": attrs.compress,
        "data_files": _paths(data),
        "description": description[0].path if description else None,
        "distinfo_files": _paths(distinfo),
        "entry_points": _entry_points(ctx),
        "headers": _headers(ctx),
        "name_file": name_file.path,
        "out": wheel.path,
        "packaged": _paths(packaged),
        "path_prefix": attrs.add_path_prefix,
        "requirements": requirements,
        "status": [file.path for file in status],
        "strip_prefixes": attrs.strip_path_prefixes,
    }))
    ctx.actions.run(
        executable = ctx.executable._wheelmaker,
        arguments = [spec.path],
        inputs = [spec] + status + description + requirement_files +
                 [file for _, file in packaged + data + distinfo],
        outputs = [wheel, name_file],
        mnemonic = "PyWheel",
        progress_message = "Building wheel %{label}",
        toolchain = None,
    )
    return [
        DefaultInfo(files = depset([wheel]), runfiles = ctx.runfiles([wheel])),
        PyWheelInfo(name_file = name_file, wheel = wheel),
    ]

py_wheel = rule(
    implementation = _py_wheel_impl,
    doc = "A wheel of pure Python.",
    attrs = {
        "abi": attr.string(default = "none", doc = "ABI tag."),
        "add_path_prefix": attr.string(doc = "Prefix for paths in the wheel, added after stripping."),
        "author": attr.string(doc = "Author."),
        "author_email": attr.string(doc = "The author's address."),
        "classifiers": attr.string_list(doc = "Trove classifiers."),
        "compress": attr.bool(default = True, doc = "Whether the wheel is compressed."),
        "console_scripts": attr.string_dict(doc = "Commands, by name; `entry_points` does the same."),
        "data_files": attr.label_keyed_string_dict(allow_files = True, doc = "Files to their paths below .data."),
        "deps": attr.label_list(doc = "Libraries whose direct sources are packaged, py_packages, and files."),
        "description_content_type": attr.string(doc = "Media type of the description."),
        "description_file": attr.label(allow_single_file = True, doc = "The description."),
        "distribution": attr.string(mandatory = True, doc = "Name of the distribution."),
        "entry_points": attr.string_list_dict(doc = "Entry points, by group."),
        "extra_distinfo_files": attr.label_keyed_string_dict(allow_files = True, doc = "Files to their paths below .dist-info."),
        "extra_requires": attr.string_list_dict(doc = "Requirements, by extra."),
        "extra_requires_files": attr.label_keyed_string_dict(allow_files = True, doc = "Requirements files to extras."),
        "homepage": attr.string(doc = "URL of the homepage."),
        "license": attr.string(doc = "License."),
        "platform": attr.string(default = "any", doc = "Platform tag."),
        "project_urls": attr.string_dict(doc = "Additional URLs, by label."),
        "python_requires": attr.string(doc = "Versions of Python."),
        "python_tag": attr.string(default = "py3", doc = "Python tag."),
        "requires": attr.string_list(doc = "Requirements."),
        "requires_file": attr.label(allow_single_file = True, doc = "A requirements file."),
        "strip_path_prefixes": attr.string_list(doc = "Prefixes to remove from paths; the first one that matches is removed."),
        "summary": attr.string(doc = "Summary."),
        "version": attr.string(mandatory = True, doc = "Version; `{KEY}` takes the value of a workspace status key."),
        "_wheelmaker": attr.label(default = ":wheelmaker", executable = True, cfg = "exec"),
    } | STAMP_ATTRS,
)
