"""crane_binary: the crane program of rules_oci, for `bazel run` and for tests."""

visibility("//bazel/...")

_CRANE = "@rules_oci//oci:crane_toolchain_type"

def _crane_binary_impl(ctx):
    crane = ctx.toolchains[_CRANE]
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = crane.crane_info.binary, is_executable = True)
    runfiles = ctx.runfiles([out]).merge(crane.default.default_runfiles)
    return DefaultInfo(executable = out, runfiles = runfiles)

crane_binary = rule(
    implementation = _crane_binary_impl,
    doc = "Makes the toolchain's crane a target that can be run.",
    executable = True,
    toolchains = [_CRANE],
)
