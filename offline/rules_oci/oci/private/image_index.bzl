"""The rule behind oci_image_index."""

visibility("//oci")

def _platforms_impl(_settings, attr):
    return [{"//command_line_option:platforms": str(platform)} for platform in attr.platforms]

_platforms = transition(
    implementation = _platforms_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

def _oci_image_index_impl(ctx):
    if ctx.attr.platforms and len(ctx.attr.images) != len(ctx.attr.platforms):
        fail("platforms can only be specified when there is exactly one image in the images attribute.")
    output = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add(output.path)
    args.add_all(ctx.files.images, expand_directories = False)
    linked = [image[DefaultInfo].default_runfiles.files for image in ctx.attr.images]
    ctx.actions.run(
        executable = ctx.executable._image_index,
        arguments = [args],
        inputs = depset(ctx.files.images, transitive = linked),
        outputs = [output],
        mnemonic = "OCIIndex",
        progress_message = "OCI Index %{label}",
        toolchain = None,
    )
    return DefaultInfo(files = depset([output]))

oci_image_index = rule(
    implementation = _oci_image_index_impl,
    doc = "Images of several platforms under one index.",
    attrs = {
        "images": attr.label_list(mandatory = True, cfg = _platforms, doc = "The images."),
        "platforms": attr.label_list(
            providers = [platform_common.PlatformInfo],
            doc = "Platforms for which the one image of `images` is built.",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_image_index": attr.label(default = ":image_index", executable = True, cfg = "exec"),
    },
)
