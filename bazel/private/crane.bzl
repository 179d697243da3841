"""crane_binary: the crane that rules_oci brings, as a file that others can run."""

visibility("//...")

_TOOLCHAIN = "@rules_oci//oci:crane_toolchain_type"

def _crane_binary_impl(ctx):
    crane = ctx.toolchains[_TOOLCHAIN].crane_info.binary
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = crane, is_executable = True)
    return DefaultInfo(executable = out, files = depset([out]), runfiles = ctx.runfiles([out, crane]))

crane_binary = rule(
    implementation = _crane_binary_impl,
    doc = "crane, for tools and tests that talk to a registry.",
    executable = True,
    toolchains = [_TOOLCHAIN],
)
