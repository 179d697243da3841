"""The rule behind oci_image."""

visibility("//oci")

_TAR_EXTENSIONS = [
    ".tar",
    ".tgz",
    ".tar.gz",
    ".tzst",
    ".tar.zst",
]

# Options of image.py that pass a file. An entrypoint discards the cmd of the base.
_FILES = [
    "created",
    "entrypoint",
    "cmd",
    "exposed_ports",
    "volumes",
    "env",
    "labels",
    "annotations",
]

def _check(attrs):
    platform = attrs.os or attrs.architecture or attrs.variant
    if not attrs.base and not (attrs.os and attrs.architecture):
        fail("'os' and 'architecture' are mandatory when 'base' is unspecified.")
    if attrs.base and platform:
        fail("'os', 'architecture' and 'variant' come from the image provided by 'base' and cannot be overridden.")

def _platform(attrs):
    platform = {"architecture": attrs.architecture, "os": attrs.os}
    return json.encode(platform | ({"variant": attrs.variant} if attrs.variant else {}))

def _describe(ctx, number, layer):
    descriptor = ctx.actions.declare_file("{}.{}.descriptor.json".format(ctx.label.name, number))
    args = ctx.actions.args()
    args.add(layer)
    args.add(descriptor)
    args.add(layer.owner)
    ctx.actions.run(
        executable = ctx.executable._descriptor,
        arguments = [args],
        inputs = [layer],
        outputs = [descriptor],
        mnemonic = "OCIDescriptor",
        progress_message = "OCI Descriptor %{input}",
        toolchain = None,
    )
    return descriptor

def _options(ctx, output):
    args = ctx.actions.args()
    args.add(output.path, format = "--output=%s")
    if ctx.file.base:
        args.add(ctx.file.base.path, format = "--from=%s")
    else:
        args.add(_platform(ctx.attr), format = "--scratch=%s")
    for name in _FILES:
        if getattr(ctx.file, name):
            args.add(getattr(ctx.file, name), format = "--{}=%s".format(name.replace("_", "-")))
    for name in ["user", "workdir"]:
        if getattr(ctx.attr, name):
            args.add(getattr(ctx.attr, name), format = "--{}=%s".format(name))
    return args

def _oci_image_impl(ctx):
    _check(ctx.attr)
    output = ctx.actions.declare_directory(ctx.label.name)
    args = _options(ctx, output)
    descriptors = [_describe(ctx, number, layer) for number, layer in enumerate(ctx.files.tars)]
    for layer, descriptor in zip(ctx.files.tars, descriptors):
        args.add_joined([layer, descriptor], join_with = "=", format_joined = "--layer=%s")

    # Files that the output links to: the layers, and the base with everything that it links to.
    linked = [depset(ctx.files.tars)]
    if ctx.attr.base:
        base = ctx.attr.base[DefaultInfo]
        linked += [base.files, base.default_runfiles.files]
    files = [getattr(ctx.file, name) for name in _FILES if getattr(ctx.file, name)]
    ctx.actions.run(
        executable = ctx.executable._image,
        arguments = [args],
        inputs = depset(files + descriptors, transitive = linked),
        outputs = [output],
        mnemonic = "OCIImage",
        progress_message = "OCI Image %{label}",
        toolchain = None,
    )
    return DefaultInfo(
        files = depset([output]),
        runfiles = ctx.runfiles(transitive_files = depset(transitive = linked)),
    )

def _file(doc):
    return attr.label(allow_single_file = True, doc = doc)

oci_image = rule(
    implementation = _oci_image_impl,
    doc = "An image: the layers of a base, additional layers, and the settings of its containers.",
    attrs = {
        "annotations": _file("Annotations of the manifest: a file of `KEY=VALUE` lines."),
        "architecture": attr.string(doc = "CPU in Go's terms, such as `amd64`; only without a base."),
        "base": _file("The image to build on."),
        "cmd": _file("Default arguments: a file with one per line."),
        "created": _file("A file that holds the time of creation, RFC 3339."),
        "entrypoint": _file("The program of a container: a file with one argument per line. Discards the cmd of the base."),
        "env": _file("Variables: a file of `KEY=VALUE` lines, which may refer to earlier ones as `${KEY}`."),
        "exposed_ports": _file("Ports: a file of comma-separated `PORT[/PROTOCOL]`."),
        "labels": _file("Labels of the config: a file of `KEY=VALUE` lines."),
        "os": attr.string(doc = "Operating system in Go's terms, such as `linux`; only without a base."),
        "tars": attr.label_list(allow_files = _TAR_EXTENSIONS, doc = "Layers, lowest first."),
        "user": attr.string(doc = "User and group, by name or number."),
        "variant": attr.string(doc = "Variant of the CPU, such as `v8`; only without a base."),
        "volumes": _file("Volumes: a file of comma-separated paths."),
        "workdir": attr.string(doc = "The folder in which a container starts."),
        "_descriptor": attr.label(default = ":descriptor", executable = True, cfg = "exec"),
        "_image": attr.label(default = ":image", executable = True, cfg = "exec"),
    },
)
