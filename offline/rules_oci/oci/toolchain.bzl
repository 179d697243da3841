"""crane_toolchain, with the provider rules_oci gives it."""

CraneInfo = provider(
    doc = "How to invoke crane.",
    fields = {"binary": "Executable crane binary", "version": "Crane version"},
)

def _crane_toolchain_impl(ctx):
    binary = ctx.executable.crane
    default = DefaultInfo(files = depset([binary]), runfiles = ctx.runfiles([binary]))
    variables = platform_common.TemplateVariableInfo({"CRANE_BIN": binary.path})
    return [default, variables, platform_common.ToolchainInfo(
        crane_info = CraneInfo(binary = binary, version = ctx.attr.version.removeprefix("v")),
        default = default,
        template_variables = variables,
    )]

crane_toolchain = rule(
    implementation = _crane_toolchain_impl,
    attrs = {
        "crane": attr.label(mandatory = True, allow_single_file = True, executable = True, cfg = "exec"),
        "version": attr.string(mandatory = True),
    },
)
