"""crane_repository: this machine's crane as a toolchain."""

visibility("//oci")

_BUILD = """\
load("@rules_oci//oci:toolchain.bzl", "crane_toolchain")

package(default_visibility = ["//visibility:public"])

crane_toolchain(
    name = "crane_toolchain",
    crane = "crane",
    version = {version},
)

toolchain(
    name = "toolchain",
    exec_compatible_with = ["@platforms//os:linux"],
    toolchain = ":crane_toolchain",
    toolchain_type = "@rules_oci//oci:crane_toolchain_type",
)
"""

def _execute(rctx, arguments):
    result = rctx.execute(arguments)
    if result.return_code:
        fail("{} must succeed, got {}: {}".format(arguments, result.return_code, result.stderr))
    return result.stdout.strip()

def _crane_repository_impl(rctx):
    crane = rctx.which("crane")
    if not crane:
        fail("crane must be on PATH. offline/setup.sh installs it from Debian's package of that name.")

    # A copy, so that programs that `bazel run` starts also work outside the toolbox.
    _execute(rctx, ["cp", crane, "crane"])
    version = _execute(rctx, [crane, "version"])
    rctx.file("BUILD.bazel", _BUILD.format(version = repr(version)))

crane_repository = repository_rule(
    implementation = _crane_repository_impl,
    doc = "Copies crane from PATH and declares its toolchain.",
)
