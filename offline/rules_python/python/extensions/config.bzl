"""config.explicit_init_py(…): Bazel does not create missing __init__.py files."""

def _config_impl(module_ctx):
    for mod in module_ctx.modules:
        for tag in mod.tags.explicit_init_py:
            if not tag.default:
                fail("config.explicit_init_py must have default = True, got False: offline/bazelrc sets it for all modules.")

config = module_extension(
    implementation = _config_impl,
    doc = "Settings of the Python rules. offline/bazelrc holds the flag of Bazel's own rules.",
    tag_classes = {
        "explicit_init_py": tag_class(
            attrs = {"default": attr.bool(mandatory = True, doc = "Whether each __init__.py must be in the sources.")},
        ),
    },
)
