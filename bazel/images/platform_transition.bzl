"""The transition to targets that are built for an image's platform on any machine."""

visibility("//bazel/...")

def _impl(_settings, attr):
    return {"//command_line_option:platforms": str(attr.platform)} if attr.platform else {}

platform_transition = transition(
    implementation = _impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

PLATFORM = attr.label(
    providers = [platform_common.PlatformInfo],
    doc = "The platform of the image, if it is not the target platform of the build.",
)
