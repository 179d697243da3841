"""component_image: the image of one architecture."""

load("@rules_oci//oci:defs.bzl", "oci_image")
load("//bazel:defs.bzl", "bytecode_layer", "image_sbom", "py_layer", "removal_layer")
load(":standard_library.bzl", "STANDARD_LIBRARY")

visibility("private")

SITE_PACKAGES = "opt/site-packages"

def component_image(name, base, platform, **kwargs):
    """The image for one platform, whatever machine builds it.

    Third-party code lies in the order in which it changes, so that a new pandas sends neither
    numpy nor pyarrow again. Left out: tests, what only compilers and type checkers read, what no
    component can use here, and each RECORD, which would list files that are not there.

    Targets produced:
        NAME: the image; NAME.digest: its digest; NAME.sbom: its bill of materials.
        NAME.removals, NAME.bytecode, NAME.numpy_layer, NAME.pyarrow_layer, NAME.pandas_layer: its
            own layers.

    Args:
        name: name of the image.
        base: the base image for the platform.
        platform: the platform whose wheels it gets.
        **kwargs: further attributes of oci_image.
    """

    # Some bases of Python bring an installer along.
    removal_layer(
        name = name + ".removals",
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
        base = base,
        modules = STANDARD_LIBRARY,
    )

    py_layer(
        name = name + ".numpy_layer",
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
        platform = platform,
        prefix = SITE_PACKAGES,
        deps = ["@pip//numpy"],
    )

    py_layer(
        name = name + ".pyarrow_layer",
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
        platform = platform,
        prefix = SITE_PACKAGES,
        deps = ["@pip//pyarrow"],
    )

    py_layer(
        name = name + ".pandas_layer",
        below = [
            ":" + name + ".numpy_layer",
            ":" + name + ".pyarrow_layer",
        ],
        exclude = [
            "*.dist-info/RECORD",
            "**/*.pyi",
            "**/tests/**",
            "pandas/conftest.py",
            "pandas/plotting/_matplotlib/**",
            "pandas/pyproject.toml",
        ],
        platform = platform,
        prefix = SITE_PACKAGES,
        deps = ["@pip//pandas"],
    )

    oci_image(
        name = name,
        base = base,
        env = {"PYTHONPATH": "/" + SITE_PACKAGES},
        tars = [
            name + ".removals",
            name + ".bytecode",
            name + ".numpy_layer",
            name + ".pyarrow_layer",
            name + ".pandas_layer",
            "kfp_layer",
            "first_party_layer",
        ],
        user = "65532:0",
        workdir = "/tmp",
        **kwargs
    )

    image_sbom(
        name = name + ".sbom",
        image = name,
        image_name = "kfp-component-lib",
        platform = platform,
        wheels = [
            "//kfp_component_lib:wheel",
            "@pip//kfp:whl",
            "@pip//numpy:whl",
            "@pip//pandas:whl",
            "@pip//pyarrow:whl",
        ],
    )
