"""The layers and the image of one architecture."""

load("@rules_oci//oci:defs.bzl", "oci_image")
load("//bazel:defs.bzl", "bytecode_layer", "image_sbom", "py_layer", "removal_layer")
load("//bazel/images:image_annotations.bzl", "image_annotations")
load("//bazel/images:plain_base.bzl", "plain_base")
load(":standard_library.bzl", "STANDARD_LIBRARY")

# The tests build the image on another base, too.
visibility(["//tests/artifacts"])

SITE_PACKAGES = "opt/site-packages"

def third_party_layers(architecture):
    """Third-party code for one architecture, whatever machine builds it.

    It lies in the order in which it changes, so that a new pandas sends neither numpy nor pyarrow
    again. Left out: tests, what only compilers and type checkers read, what no component can use
    here, and each RECORD, which would list files that are not there.

    Targets produced:
        ARCHITECTURE.numpy_layer, ARCHITECTURE.pyarrow_layer, ARCHITECTURE.pandas_layer

    Args:
        architecture: the architecture; `:linux_ARCHITECTURE` must be its platform.
    """
    py_layer(
        name = architecture + ".numpy_layer",
        exclude = [
            "*.dist-info/RECORD",
            "**/*.a",
            "**/*.pxd",
            "**/*.pyi",
            "**/*.pyx",
            "**/tests/**",
            "numpy/**/include/**",
            "numpy/_core/_*_tests.*",
            "numpy/_core/_simd.*",
            "numpy/f2py/**",
        ],
        platform = ":linux_" + architecture,
        prefix = SITE_PACKAGES,
        deps = ["@pip//numpy"],
    )

    py_layer(
        name = architecture + ".pyarrow_layer",
        # libarrow_substrait must stay: `import pyarrow` fails without it. Of the three names of each
        # libarrow_python the loader asks for the one with the ABI's number, such as .so.2600.
        exclude = [
            "*.dist-info/RECORD",
            "**/*.pxd",
            "**/*.pxi",
            "**/*.pyx",
            "**/tests/**",
            "pyarrow/include/**",
            "pyarrow/*flight*",
            "pyarrow/*orc*",
            "pyarrow/*encryption*",
            "pyarrow/_azurefs*",
            "pyarrow/_gcsfs*",
            "pyarrow/_hdfs*",
            "pyarrow/_pyarrow_cpp_tests*",
            "pyarrow/_s3fs*",
            "pyarrow/libarrow_python*.so",
            "pyarrow/libarrow_python*.so.*.*.*",
            "pyarrow/libarrow_s3*",
            "pyarrow/parquet/encryption.py",
            "pyarrow/src/**",
        ],
        platform = ":linux_" + architecture,
        prefix = SITE_PACKAGES,
        deps = ["@pip//pyarrow"],
    )

    py_layer(
        name = architecture + ".pandas_layer",
        below = [
            ":" + architecture + ".numpy_layer",
            ":" + architecture + ".pyarrow_layer",
        ],
        exclude = [
            "*.dist-info/RECORD",
            "**/*.pyi",
            "**/tests/**",
            "pandas/conftest.py",
            "pandas/plotting/_matplotlib/**",
            "pandas/pyproject.toml",
        ],
        platform = ":linux_" + architecture,
        prefix = SITE_PACKAGES,
        deps = ["@pip//pandas"],
    )

def component_image(name, base, architecture, base_name = None, testonly = False):
    """The image for one architecture, on a base.

    Targets produced:
        NAME: the image; NAME.digest: its digest; NAME.sbom: its bill of materials.
        NAME.base: the base without what it says of itself.
        NAME.annotations: what the image says of itself.
        NAME.removals, NAME.bytecode: the layers that depend on the base.

    Args:
        name: name of the image.
        base: the base image for the architecture.
        architecture: the architecture whose third-party layers it gets.
        base_name: a file that holds the base's reference.
        testonly: whether the base is one for tests.
    """
    labels = select({
        "//image:stamped": "//image:stamped_labels",
        "//conditions:default": "//image:labels",
    })

    plain_base(
        name = name + ".base",
        testonly = testonly,
        base = base,
    )

    image_annotations(
        name = name + ".annotations",
        testonly = testonly,
        base = base,
        base_name = base_name,
        labels = labels,
    )

    # Some bases of Python bring an installer along.
    removal_layer(
        name = name + ".removals",
        testonly = testonly,
        base = base,
        remove = [
            "usr/local/bin/pip*",
            "usr/local/lib/python3.*/ensurepip",
            "usr/local/lib/python3.*/site-packages/pip",
            "usr/local/lib/python3.*/site-packages/pip-*.dist-info",
        ],
    )

    bytecode_layer(
        name = name + ".bytecode",
        testonly = testonly,
        base = base,
        modules = STANDARD_LIBRARY,
    )

    oci_image(
        name = name,
        testonly = testonly,
        annotations = name + ".annotations",
        base = name + ".base",
        created = select({
            "//image:stamped": "//image:stamped_created",
            "//conditions:default": None,
        }),
        env = {"PYTHONPATH": "/" + SITE_PACKAGES},
        labels = labels,
        tars = [
            name + ".removals",
            name + ".bytecode",
            "//image:{}.numpy_layer".format(architecture),
            "//image:{}.pyarrow_layer".format(architecture),
            "//image:{}.pandas_layer".format(architecture),
            "//image:kfp_layer",
            "//image:first_party_layer",
        ],
        user = "65532:0",
        workdir = "/tmp",
    )

    image_sbom(
        name = name + ".sbom",
        testonly = testonly,
        image = name,
        image_name = "kfp-component-lib",
        platform = "//image:linux_" + architecture,
        wheels = [
            "//kfp_component_lib:wheel",
            "@pip//kfp:whl",
            "@pip//numpy:whl",
            "@pip//pandas:whl",
            "@pip//pyarrow:whl",
        ],
    )
