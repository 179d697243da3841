"""config.explicit_init_py(...): offline/bazelrc sets the flag of the built-in rules instead."""

config = module_extension(
    implementation = lambda module_ctx: None,
    tag_classes = {
        "explicit_init_py": tag_class(attrs = {"default": attr.bool(mandatory = True)}),
    },
)
