"""A workspace of generated components and pipelines, which uses this one's rules from outside."""

import shutil
from pathlib import Path

_REFERENCE = "localhost:5000/generated:1.0.0"
_ROOT = f"""\
load("@bazel_skylib//rules:common_settings.bzl", "string_flag")
load("@kfp_component_lib//bazel:defs.bzl", "kfp_image", "kfp_image_reference")
load("@rules_python//python:defs.bzl", "py_library")
load("@rules_python//python:packaging.bzl", "py_wheel")

package(default_visibility = ["//visibility:public"])

py_library(name = "library", srcs = ["library.py"], imports = ["."])

py_wheel(name = "wheel", distribution = "generated", version = "1.0.0", deps = [":library"])

string_flag(name = "repository", build_setting_default = "localhost:5000/generated")

kfp_image(
    name = "library_image",
    base = {{"amd64": "@python_base_linux_amd64"}},
    placeholder = "{_REFERENCE}",
    repository = ":repository",
    tag = "1.0.0",
    title = "generated",
    wheel = ":wheel",
    deps = [":library"],
)

# All components use the image of the whole library, since editing that library is what is measured.
kfp_image_reference(
    name = "image.reference",
    digest = ":library_image.digest",
    placeholder = "{_REFERENCE}",
    repository = ":repository",
    tag = "1.0.0",
)
"""
_COMPONENTS = """\
load("@kfp_component_lib//bazel:defs.bzl", "kfp_component", "kfp_pipeline")
load("@rules_python//python:defs.bzl", "py_library")

[
    py_library(
        name = "component_{{}}_lib".format(number),
        srcs = ["component_{{}}.py".format(number)],
        imports = ["."],
        deps = ["@pip//kfp"],
    )
    for number in range({count})
]

[
    kfp_component(
        name = "component_{{}}".format(number),
        src = "component_{{}}.py".format(number),
        image = "//:image",
    )
    for number in range({count})
]

[
    kfp_pipeline(
        name = "pipeline_{{}}".format(number),
        src = "pipeline_{{}}.py".format(number),
        image = "//:image",
        deps = [":component_{{}}_lib".format(number)],
    )
    for number in range({count})
]

filegroup(
    name = "compile",
    srcs = [
        kind.format(number)
        for kind in ("component_{{}}", "pipeline_{{}}")
        for number in range({count})
    ],
)
"""
_COMPONENT = f"""\
from kfp import dsl
from kfp.dsl import Dataset, Output


@dsl.component(base_image="{_REFERENCE}", install_kfp_package=False)
def make_{{number}}(rows: int, data: Output[Dataset]):
    import library

    library.write(rows, data.path)
"""
_USER = """\
from component_{number} import make_{number}
from kfp import dsl


@dsl.pipeline(name="pipeline-{number}")
def pipeline(rows: int = {number}):
    make_{number}(rows=rows)
"""
_IMAGES = f"""\
load("@kfp_component_lib//bazel:defs.bzl", "kfp_image")
load("@rules_python//python:defs.bzl", "py_library")

NUMBERS = [str(number) for number in range({{count}})]

[
    py_library(
        name = "module_" + number,
        srcs = ["module_{{{{}}}}.py".format(number)],
        imports = ["."],
    )
    for number in NUMBERS
]

kfp_image(
    name = "images",
    base = {{{{"amd64": "@python_base_linux_amd64"}}}},
    components = {{{{"make_" + number: ":module_" + number for number in NUMBERS}}}},
    placeholder = "{_REFERENCE}",
    repository = "//:repository",
    tag = "1.0.0",
    title = "generated",
    deps = [":module_" + number for number in NUMBERS],
)
"""
_LIBRARY = """\
def write(rows: int, path: str) -> None:
    with open(path, "w") as file:
        file.write(str(rows))
"""
_PIPELINES = """\
load("@kfp_component_lib//bazel:defs.bzl", "kfp_pipeline")

[
    kfp_pipeline(
        name = "pipeline_{{}}".format(number),
        src = "pipeline_{{}}.py".format(number),
        image = None,
    )
    for number in range({count})
]

filegroup(
    name = "compile",
    srcs = ["pipeline_{{}}".format(number) for number in range({count})],
)
"""
_PIPELINE = """\
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component(base_image="python:3.13", install_kfp_package=False)
def make(rows: int, data: Output[Dataset]):
    print(rows)


@dsl.component(base_image="python:3.13", install_kfp_package=False)
def read(data: Input[Dataset]) -> int:
    return len(data.path)


@dsl.pipeline(name="pipeline-{number}")
def pipeline(rows: int = {number}, edition: int = {edition}):
    with dsl.ParallelFor(items=[1, 2, 3]):
        read(data=make(rows=rows).output)
"""


def write_workspace(folder: Path, product: Path) -> None:
    """Write a workspace with a library and its image, without components or pipelines.

    Args:
        folder: Folder of the new workspace.
        product: Folder of the workspace whose rules it uses.
    """
    consumer = product / "e2e/consumer"
    for name in (".bazelrc", "requirements_lock.txt"):
        shutil.copyfile(consumer / name, folder / name)
    # The module of that workspace reads two locks.
    shutil.copytree(consumer / "before", folder / "before")
    module = (consumer / "MODULE.bazel").read_text(encoding="utf-8")
    _write(folder / "MODULE.bazel", module.replace('path = "../.."', f'path = "{product}"'))
    _write(folder / "BUILD.bazel", _ROOT)
    write_library(folder, 0)


def write_library(folder: Path, edition: int) -> None:
    """Write the library; a different edition changes one line."""
    _write(folder / "library.py", f"{_LIBRARY}\n\nEDITION = {edition}\n")


def write_components(package: Path, count: int) -> None:
    """Write a package with this many components, and as many pipelines, which use one each."""
    _write(package / "BUILD.bazel", _COMPONENTS.format(count=count))
    for number in range(count):
        write_component(package, number, 0)
        write_user(package, number, 0)


def write_component(package: Path, number: int, edition: int) -> None:
    """Write a component; a different edition changes one line."""
    text = _COMPONENT.format(number=number) + f"    print({edition})\n"
    _write(package / f"component_{number}.py", text)


def write_user(package: Path, number: int, edition: int) -> None:
    """Write the pipeline that uses a component; a different edition changes one line."""
    text = _USER.format(number=number).replace(f"int = {number}", f"int = {number + edition}")
    _write(package / f"pipeline_{number}.py", text)


def write_images(package: Path, count: int) -> None:
    """Write a package with an image for each of this many components, which import a module each."""
    _write(package / "BUILD.bazel", _IMAGES.format(count=count))
    for number in range(count):
        write_module(package, number, 0)


def write_module(package: Path, number: int, edition: int) -> None:
    """Write the module that a component imports; a different edition changes one line."""
    _write(package / f"module_{number}.py", f"{_LIBRARY}\n\nEDITION = {edition}\n")


def write_pipelines(package: Path, count: int, edition: int) -> None:
    """Write a package with this many pipelines, each with two components, without an image."""
    _write(package / "BUILD.bazel", _PIPELINES.format(count=count))
    for number in range(count):
        write_pipeline(package, number, edition)


def write_pipeline(package: Path, number: int, edition: int) -> None:
    """Write one of these pipelines; a different edition changes one line."""
    text = _PIPELINE.format(number=number, edition=edition)
    _write(package / f"pipeline_{number}.py", text)


def _write(path: Path, text: str) -> None:
    """Write a file unless it is unchanged, so that editing sources leaves BUILD files alone."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
