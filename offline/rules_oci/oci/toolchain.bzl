"""The toolchain that provides crane to rules."""

CraneInfo = provider(
    doc = "How to run crane.",
    fields = {
        "binary": "File: the executable.",
        "version": "string: its version, without a leading v.",
    },
)

def _crane_toolchain_impl(ctx):
    crane = ctx.executable.crane
    default = DefaultInfo(files = depset([crane]), runfiles = ctx.runfiles([crane]))
    variables = platform_common.TemplateVariableInfo({"CRANE_BIN": crane.path})
    toolchain = platform_common.ToolchainInfo(
        crane_info = CraneInfo(binary = crane, version = ctx.attr.version.removeprefix("v")),
        default = default,
        template_variables = variables,
    )
    return [default, toolchain, variables]

crane_toolchain = rule(
    implementation = _crane_toolchain_impl,
    doc = "Declares an executable as the crane toolchain.",
    attrs = {
        "crane": attr.label(
            mandatory = True,
            allow_single_file = True,
            executable = True,
            cfg = "exec",
            doc = "The executable.",
        ),
        "version": attr.string(mandatory = True, doc = "Its version."),
    },
)
