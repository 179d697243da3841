"""third_party_layers: the distributions that would be too large as they are."""

load("//bazel:defs.bzl", "py_layer")

# The tests build the images on another base, too.
visibility(["//tests/artifacts"])

def third_party_layers(architecture):
    """Large distributions for one architecture, whatever machine builds them.

    They lie in the order in which they change, so that a new pandas sends neither numpy nor pyarrow
    again. Left out: tests, what only compilers and type checkers read, what no component can use
    here, and each RECORD, which would list files that are not there.

    Targets produced:
        ARCHITECTURE.numpy_layer, ARCHITECTURE.pyarrow_layer, ARCHITECTURE.pandas_layer,
        ARCHITECTURE.scipy_layer, ARCHITECTURE.scikit_learn_layer, ARCHITECTURE.skops_layer

    Args:
        architecture: the architecture, such as `amd64`.
    """
    py_layer(
        name = architecture + ".numpy_layer",
        # f2py must stay but for its C sources: scipy takes all names of numpy, which imports it.
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
            "numpy/f2py/src/**",
        ],
        platform = "//bazel/images:linux_" + architecture,
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
        platform = "//bazel/images:linux_" + architecture,
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
        platform = "//bazel/images:linux_" + architecture,
        deps = ["@pip//pandas"],
    )

    py_layer(
        name = architecture + ".scipy_layer",
        below = [":" + architecture + ".numpy_layer"],
        exclude = [
            "*.dist-info/RECORD",
            "**/*.pxd",
            "**/*.pyi",
            "**/tests/**",
            "scipy/conftest.py",
        ],
        platform = "//bazel/images:linux_" + architecture,
        deps = ["@pip//scipy"],
    )

    py_layer(
        name = architecture + ".scikit_learn_layer",
        below = [
            ":" + architecture + ".numpy_layer",
            ":" + architecture + ".scipy_layer",
        ],
        exclude = [
            "*.dist-info/RECORD",
            "**/*.build",
            "**/*.h",
            "**/*.pxd",
            "**/*.pyi",
            "**/*.pyx",
            "**/*.tp",
            "**/tests/**",
            "joblib/test/**",
            "sklearn/conftest.py",
            "sklearn/datasets/data/**",
            "sklearn/datasets/descr/**",
            "sklearn/datasets/images/**",
        ],
        platform = "//bazel/images:linux_" + architecture,
        deps = ["@pip//scikit_learn"],
    )

    py_layer(
        name = architecture + ".skops_layer",
        below = [
            ":" + architecture + ".numpy_layer",
            ":" + architecture + ".scipy_layer",
            ":" + architecture + ".scikit_learn_layer",
        ],
        exclude = [
            "*.dist-info/RECORD",
            "**/*.pyi",
            "**/tests/**",
        ],
        platform = "//bazel/images:linux_" + architecture,
        deps = ["@pip//skops"],
    )

LAYERS = [
    "//image:{architecture}.numpy_layer",
    "//image:{architecture}.pyarrow_layer",
    "//image:{architecture}.pandas_layer",
    "//image:{architecture}.scipy_layer",
    "//image:{architecture}.scikit_learn_layer",
    "//image:{architecture}.skops_layer",
]

# What these distributions say of their licences in their metadata is no identifier of SPDX.
LICENSES = {
    "scipy": "BSD-3-Clause",
    "skops": "MIT",
}

WHEELS = [
    "@pip//cloudpickle:whl",
    "@pip//joblib:whl",
    "@pip//kfp:whl",
    "@pip//narwhals:whl",
    "@pip//numpy:whl",
    "@pip//packaging:whl",
    "@pip//pandas:whl",
    "@pip//prettytable:whl",
    "@pip//pyarrow:whl",
    "@pip//scikit_learn:whl",
    "@pip//scipy:whl",
    "@pip//skops:whl",
    "@pip//threadpoolctl:whl",
    "@pip//wcwidth:whl",
]
