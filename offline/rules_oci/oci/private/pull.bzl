"""oci_pull: the repositories of one oci.pull tag.

The image for the platform of this machine comes from the root file system that offline/setup.sh
built. For any other platform there is an incompatible target: `bazel build //...` skips it and
everything that is built on it, and building it by name fails and says that it needs a registry.
"""

visibility("//oci")

# The root file systems from offline/setup.sh, by the last part of the name of the image that they replace.
_ROOTFS = "/usr/share/bazel/images/{}_base.tar.gz"

_CPUS = {
    "amd64": "@platforms//cpu:x86_64",
    "arm64": "@platforms//cpu:aarch64",
}

_ARCHITECTURES = {
    "aarch64": "arm64",
    "amd64": "amd64",
    "x86_64": "amd64",
}

# The settings of python:3.13-slim that users may rely on.
_CMD = "python3\n"
_ENV = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin\n"

_LAYOUT = """\
load("@rules_oci//oci/private:pulled_image.bzl", "pulled_image")

pulled_image(
    name = "{name}",
    layout = glob(["layout/**"]),
    tags = {tags},
    visibility = ["//visibility:public"],
)
"""

_ABSENT = """\
constraint_setting(name = "source")

constraint_value(
    name = "{reason}",
    constraint_setting = ":source",
)

filegroup(
    name = "{name}",
    tags = {tags},
    target_compatible_with = [":{reason}"],
    visibility = ["//visibility:public"],
)
"""

_ALIAS = """\
alias(
    name = "{name}",
    actual = {actual},
    visibility = ["//visibility:public"],
)
"""

_DIGEST = """
filegroup(
    name = "digest",
    srcs = ["digest.txt"],
    visibility = ["//visibility:public"],
)
"""

def _run(rctx, arguments):
    result = rctx.execute(arguments)
    if result.return_code:
        fail("{} must succeed, got {}: {}".format(arguments, result.return_code, result.stderr))

def _write_layout(rctx, rootfs):
    keys = ["os", "architecture", "variant"]
    platform = dict(zip(keys, rctx.attr.platform.split("/")))
    rctx.symlink(rootfs, "rootfs.tar.gz")
    rctx.file("cmd", _CMD)
    rctx.file("env", _ENV)
    tools = rctx.path(Label("//oci/private:layout.py")).dirname
    python = [rctx.which("python3"), "-B"]
    label = "@{} (Debian's python3, in place of {})".format(rctx.attr.target_name, rctx.attr.image)
    _run(rctx, python + [tools.get_child("descriptor.py"), "rootfs.tar.gz", "descriptor.json", label])
    _run(rctx, python + [
        tools.get_child("image.py"),
        "--output=layout",
        "--scratch=" + json.encode(platform),
        "--layer=rootfs.tar.gz=descriptor.json",
        "--env=env",
        "--cmd=cmd",
    ])

def _image_impl(rctx):
    tags = repr(rctx.attr.bazel_tags)
    if rctx.attr.platform.split("/")[:2] != ["linux", _ARCHITECTURES.get(rctx.os.arch)]:
        reason = "{}_can_only_be_pulled_from_a_registry".format(rctx.attr.platform.replace("/", "_"))
        rctx.file("BUILD.bazel", _ABSENT.format(name = rctx.attr.target_name, reason = reason, tags = tags))
        return
    rootfs = rctx.path(_ROOTFS.format(rctx.attr.image.rpartition("/")[-1]))
    if not rootfs.exists:
        fail("oci.pull must name an image that offline/setup.sh made, got {}: there is no {}. Run offline/setup.sh.".format(rctx.attr.image, rootfs))
    rctx.watch(rootfs)
    _write_layout(rctx, rootfs)
    rctx.file("BUILD.bazel", _LAYOUT.format(name = rctx.attr.target_name, tags = tags))

_image = repository_rule(
    implementation = _image_impl,
    doc = "The image of one platform.",
    attrs = {
        "bazel_tags": attr.string_list(doc = "Tags of the target."),
        "image": attr.string(mandatory = True, doc = "The image that this one replaces."),
        "platform": attr.string(mandatory = True, doc = "The platform, such as `linux/amd64`."),
        "target_name": attr.string(mandatory = True, doc = "Name of the target."),
    },
)

def _alias_impl(rctx):
    alias = _ALIAS.format(name = rctx.attr.target_name, actual = rctx.attr.actual)
    if not rctx.attr.digest:
        rctx.file("BUILD.bazel", alias)
        return
    rctx.file("BUILD.bazel", alias + _DIGEST)
    rctx.file("digest.txt", rctx.attr.digest)

_alias = repository_rule(
    implementation = _alias_impl,
    doc = "The image for the CPU of the target platform.",
    attrs = {
        "actual": attr.string(mandatory = True, doc = "The target, as a Starlark expression."),
        "digest": attr.string(doc = "The digest, as for a registry."),
        "target_name": attr.string(mandatory = True, doc = "Name of the alias."),
    },
)

def _check(tag):
    if bool(tag.repository) != bool(tag.registry):
        fail("When one of repository or registry is set, the other must be as well")
    if bool(tag.image) == bool(tag.repository):
        fail("Exactly one of 'image' or '{registry, repository}' must be set")
    if not tag.digest and not tag.tag:
        fail("At least one of 'digest' or 'tag' must be set")

def oci_pull(tag):
    """Declares the repositories of a tag.

    Args:
        tag: the oci.pull tag.

    Returns:
        The names of the repositories that a module may use.
    """
    _check(tag)
    image = tag.image or "{}/{}".format(tag.registry, tag.repository)
    names = {"_".join([tag.name] + platform.split("/")): platform for platform in tag.platforms}
    for name, platform in (names or {tag.name + "_single": "linux/amd64"}).items():
        _image(
            name = name,
            bazel_tags = tag.bazel_tags,
            image = image,
            platform = platform,
            target_name = name,
        )
    branches = ", ".join([
        "{}: {}".format(repr(_CPUS[platform.split("/")[1]]), repr("@{0}//:{0}".format(name)))
        for name, platform in names.items()
        if platform.split("/")[1] in _CPUS
    ])
    actual = "select({%s})" % branches if names else repr("@{0}_single//:{0}_single".format(tag.name))
    _alias(name = tag.name, actual = actual, digest = tag.digest, target_name = tag.name)
    return [tag.name] + names.keys()
