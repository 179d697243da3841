"""The edge to what must be built for an image's platform, whatever machine builds the image."""

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
    doc = "The platform of the image, where it is not the one that is built for.",
)
