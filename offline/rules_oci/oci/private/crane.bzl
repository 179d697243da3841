"""The crane on this machine, as a repository with its toolchain."""

_BUILD = """\
load("@rules_oci//oci:toolchain.bzl", "crane_toolchain")

crane_toolchain(
    name = "crane_toolchain",
    crane = "crane",
    version = "{version}",
)

toolchain(
    name = "toolchain",
    toolchain = ":crane_toolchain",
    toolchain_type = "@rules_oci//oci:crane_toolchain_type",
)
"""

def _crane_impl(rctx):
    crane = rctx.which("crane")
    if not crane:
        fail("crane is not on PATH; run offline/setup.sh")
    version = rctx.execute([crane, "version"]).stdout.strip()
    rctx.symlink(crane, "crane")
    rctx.file("BUILD.bazel", _BUILD.format(version = version))

_crane = repository_rule(implementation = _crane_impl, local = True)

crane = module_extension(implementation = lambda _: _crane(name = "crane_local"))
