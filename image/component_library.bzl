"""component_library: the images of this project's components, on a base."""

load("//bazel:defs.bzl", "kfp_image")
load("//kfp_component_lib:repository.bzl", "SOURCE")
load(":third_party.bzl", "LAYERS", "LICENSES", "WHEELS")

# The tests build the images on another base, too.
visibility(["//tests/artifacts"])

def component_library(name, base, **kwargs):
    """The images of this project's components.

    Targets produced: those of kfp_image.

    Args:
        name: name of the images.
        base: the base of each architecture.
        **kwargs: other arguments of kfp_image.
    """
    kfp_image(
        name = name,
        architectures = "//image:architectures",
        base = base,
        components = "//kfp_component_lib/components",
        deps = ["//kfp_component_lib:lib"],
        labels = {
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.source": SOURCE,
        },
        layers = LAYERS,
        licenses = LICENSES,
        repository = "//image:repository",
        tag = native.module_version(),
        title = "kfp-component-lib",
        wheel = "//kfp_component_lib:wheel",
        wheels = WHEELS,
        # What the wheel has besides, for those who compile and verify; no component imports it.
        wrappers = [
            "//kfp_component_lib:wrappers",
            "//kfp_component_lib/pipelines",
            "//kfp_component_lib/verification",
        ],
        **kwargs
    )
