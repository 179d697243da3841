"""oci.pull(...): a root file system that setup.sh has put on this machine."""

_BUILD = """\
load("@rules_oci//oci:defs.bzl", "oci_image")

oci_image(
    name = "{name}",
    architecture = "amd64",
    cmd = ["python3"],
    env = {{"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"}},
    os = "linux",
    tars = ["rootfs.tar.gz"],
    visibility = ["//visibility:public"],
)
"""

def _pull_impl(rctx):
    tar = rctx.path("/usr/share/bazel/images/{}.tar.gz".format(rctx.attr.image_name))
    if not tar.exists:
        fail("no {}; run offline/setup.sh".format(tar))
    rctx.watch(tar)
    rctx.symlink(tar, "rootfs.tar.gz")
    rctx.file("BUILD.bazel", _BUILD.format(name = rctx.attr.target))

_pull = repository_rule(
    implementation = _pull_impl,
    attrs = {"image_name": attr.string(), "target": attr.string()},
    local = True,
)

def _oci_impl(module_ctx):
    for mod in module_ctx.modules:
        for tag in mod.tags.pull:
            for name in [tag.name] + [tag.name + "_" + p.replace("/", "_") for p in tag.platforms]:
                _pull(name = name, image_name = tag.name, target = name)

oci = module_extension(
    implementation = _oci_impl,
    tag_classes = {"pull": tag_class(attrs = {
        "digest": attr.string(),
        "image": attr.string(mandatory = True),
        "name": attr.string(mandatory = True),
        "platforms": attr.string_list(),
        "reproducible": attr.bool(default = True),
        "tag": attr.string(),
    })},
)
