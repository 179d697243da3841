"""Tests errors before there is a target: each case is a workspace that Bazel must refuse.

Usage: python3 offline/tests/refusals.py [BAZEL]

BAZEL is the launcher of the offline toolbox by default. The cases about the machine's pip, its lock
or its base image apply only to the stand-ins, so they are skipped for `./bazelw` and others.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

OFFLINE = Path(__file__).resolve().parents[1] / "bazel"
PROJECT = OFFLINE.parents[1]
NO_HASH = "0" * 64

MODULE = """\
module(name = "refused")

bazel_dep(name = "bazel_skylib", version = "1.8.2")
bazel_dep(name = "platforms", version = "1.0.0")
bazel_dep(name = "rules_oci", version = "2.3.0")
bazel_dep(name = "rules_python", version = "2.3.2")

python = use_extension("@rules_python//python/extensions:python.bzl", "python")
python.toolchain(python_version = "3.13")
"""
PIP = """
pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(hub_name = "hub", python_version = "3.13", requirements_lock = "//:lock.txt"{more})
use_repo(pip, "hub")
"""
OCI = """
oci = use_extension("@rules_oci//oci:extensions.bzl", "oci")
oci.pull(
    name = "base",
    digest = "sha256:{digest}",
    image = "docker.io/library/{image}",
    platforms = ["linux/amd64", "linux/arm64/v8"],{more}
)
use_repo(oci, "base_linux_amd64", "base_linux_arm64_v8")
"""
PIPELINE_MODULE = f"""
bazel_dep(name = "kfp_component_lib", version = "0.1.0")
local_path_override(module_name = "kfp_component_lib", path = "{PROJECT}")
"""
PIPELINE = """\
load("@kfp_component_lib//bazel:defs.bzl", "kfp_component", "kfp_pipeline")
load("@rules_python//python:defs.bzl", "py_library")

py_library(name = "kfp")

kfp_pipeline(name = "it", src = "it.py", image = {image}, kfp = ":kfp")
"""
RULES = """\
load("@rules_oci//oci:defs.bzl", "oci_image", "oci_image_index", "oci_load", "oci_push")
load("@rules_python//python:defs.bzl", "py_binary", "py_library", "py_test")
load("@rules_python//python:packaging.bzl", "py_package", "py_wheel")

"""


@dataclass(frozen=True)
class Case:
    """A workspace, one of its targets, and the expected error of Bazel."""

    name: str
    says: tuple[str, ...]
    module: str = ""
    build: str = ""
    lock: str = ""
    target: str = "//:all"
    only_offline: bool = False


def unknown_attribute(rule: str, attributes: str) -> Case:
    """A rule with an unknown attribute."""
    build = f'{RULES}{rule}(name = "it", nonsense = 1, {attributes})\n'
    return Case(f"{rule}.nonsense", ("nonsense", "no such attribute"), build=build)


def bad_lock(name: str, lock: str, *says: str) -> Case:
    """A lock with a distribution that cannot be downloaded."""
    return Case(
        name,
        says,
        module=PIP.format(more=""),
        lock=lock,
        target="@hub//packaging",
        only_offline=True,
    )


CASES = [
    unknown_attribute("oci_image", 'os = "linux", architecture = "amd64"'),
    unknown_attribute("oci_image_index", "images = []"),
    unknown_attribute("oci_push", 'image = ":image"'),
    unknown_attribute("oci_load", 'image = ":image", repo_tags = []'),
    unknown_attribute("py_binary", 'srcs = ["it.py"]'),
    unknown_attribute("py_library", 'srcs = ["it.py"]'),
    unknown_attribute("py_test", 'srcs = ["it.py"]'),
    unknown_attribute("py_package", "deps = []"),
    unknown_attribute("py_wheel", 'distribution = "a", version = "1"'),
    Case(
        "oci_load.format",
        ("invalid value in 'format' attribute", "'squashfs'"),
        build=f'{RULES}oci_load(name = "it", format = "squashfs", image = "a", repo_tags = [])\n',
    ),
    Case(
        "pip.parse.nonsense",
        ("nonsense", "unknown attribute"),
        module=PIP.format(more=", nonsense = 1"),
        target="@hub//packaging",
    ),
    Case(
        "oci.pull.nonsense",
        ("nonsense", "unknown attribute"),
        module=OCI.format(digest=NO_HASH, image="python", more="nonsense = 1"),
        target="@base_linux_arm64_v8",
    ),
    bad_lock(
        "lock: a hash that the index does not serve",
        f"packaging==25.0 --hash=sha256:{NO_HASH}\n",
        "packaging==25.0 of",
        "The index serves a file that the lock does not know",
    ),
    bad_lock(
        "lock: a version that the index does not have",
        f"packaging==99999.0 --hash=sha256:{NO_HASH}\n",
        "packaging==99999.0 of",
        "`pip config list` says which index it is",
    ),
    bad_lock("lock: no hash", "packaging==25.0\n", "must have a hash for each file"),
    bad_lock("lock: an option", "--pre\n", "must hold requirements only, got '--pre'"),
    Case(
        "oci.pull: a platform that is not this machine's",
        ("incompatible", "linux_arm64_v8_can_only_be_pulled_from_a_registry"),
        module=OCI.format(digest=NO_HASH, image="python", more=""),
        target="@base_linux_arm64_v8",
        only_offline=True,
    ),
    Case(
        "oci.pull: an image that no root file system stands in for",
        ("must name an image that offline/setup.sh made, got docker.io/library/nginx",),
        module=OCI.format(digest=NO_HASH, image="nginx", more=""),
        target="@base_linux_amd64",
        only_offline=True,
    ),
    Case(
        "kfp_pipeline: an image without a reference",
        ("images attribute of kfp_compile rule //:it", "'//:image.reference' does not exist"),
        module=PIPELINE_MODULE,
        build=PIPELINE.format(image='":image"'),
        target="//:it",
    ),
    Case(
        "kfp_pipeline: a component of the same name",
        ("kfp_compile rule 'it'", "conflicts with existing kfp_compile rule"),
        module=PIPELINE_MODULE,
        build=PIPELINE.format(image="None")
        + 'kfp_component(name = "it", src = "it.py", image = None, kfp = ":kfp")\n',
        target="//:it",
    ),
    Case(
        "kfp_pipeline: a target of the name of its test",
        ("'it_test'", "conflicts with existing py_library rule"),
        module=PIPELINE_MODULE,
        build='load("@rules_python//python:defs.bzl", "py_library")\n\n'
        'py_library(name = "it_test")\n\n' + PIPELINE.format(image="None"),
        target="//:it",
    ),
]


def refusal(bazel: Path, workspace: Path, case: Case) -> str:
    """Bazel's output for a case."""
    (workspace / "MODULE.bazel").write_text(MODULE + case.module)
    (workspace / "BUILD.bazel").write_text(case.build)
    (workspace / "lock.txt").write_text(case.lock)
    (workspace / "it.py").touch()
    command: list[str | Path] = [bazel, "build", "--nobuild", "--noshow_progress", case.target]
    result = subprocess.run(command, cwd=workspace, capture_output=True, text=True, timeout=600)
    return result.stderr if result.returncode else "Bazel built it."


def check(bazel: Path, workspace: Path, case: Case) -> bool:
    """Prints whether Bazel gives the expected error."""
    said = refusal(bazel, workspace, case)
    missing = [text for text in case.says if text not in said]
    print("failed" if missing else "ok    ", case.name, flush=True)
    if missing:
        print(f"  must say {missing}, got:\n{said}")
    return not missing


def main(bazel: Path = OFFLINE) -> int:
    """Runs all cases in one workspace, so that they share a server."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        cases = [case for case in CASES if bazel == OFFLINE or not case.only_offline]
        try:
            good = [check(bazel, workspace, case) for case in cases]
        finally:
            subprocess.run([bazel, "clean", "--expunge"], cwd=workspace, capture_output=True)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
