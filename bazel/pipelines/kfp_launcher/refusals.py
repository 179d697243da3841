"""Finds tasks that cannot run on this machine before the first task starts."""

import importlib.metadata
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from kfp_launcher.steps import Step, packages

# The keys in a definition for Kubernetes of the volumes that a task may read from and write to.
_VOLUMES = ("emptyDirMounts", "genericEphemeralVolume", "pvcMount")

_CONTROL_FLOW = Version("2.17")

Check = Callable[[Step], Iterator[str]]


class RefusedError(Exception):
    """A task cannot run here in the same way as on a cluster."""


def refusals(steps: Collection[Step], checks: Collection[Check]) -> dict[str, str]:
    """Return why tasks cannot run here: `task NAME must …`, by the component in the definition."""
    found: dict[str, str] = {}
    for step in steps:
        for check in checks:
            for reason in check(step):
                found.setdefault(step.component, f"task {step.name} must {reason}")
    return found


def control_flow(version: str) -> Check:
    """Refuse conditions and loops if KFP's local runner lacks them or gets some of them wrong.

    The runner of kfp 2.15 refuses them. The runner of 2.16 treats nested conditions, such as those
    of `If` and `Else` together, as true, and fails in loops.

    Args:
        version: The version of kfp.
    """
    lacking = Version(version) < _CONTROL_FLOW

    def check(step: Step) -> Iterator[str]:
        if lacking and (step.conditional or step.repeated):
            what = "condition" if step.conditional else "loop"
            yield f"have kfp {_CONTROL_FLOW} or later to run in a {what} here, got kfp {version}."

    return check


def imports(step: Step) -> Iterator[str]:
    """Refuse importers that cannot import, as far as their URIs are known."""
    if step.importer and step.uri is not None:
        try:
            local_uri(step.uri)
        except RefusedError as error:
            yield str(error)


def local_uri(uri: str) -> str:
    """Return the absolute path of the artifact that an importer imports.

    Raises:
        RefusedError: If it does not exist on this machine.
    """
    if uri.startswith("file://"):
        path = uri.removeprefix("file://")
        raise RefusedError(f"import a path, got {uri!r}. Write {path!r}.")
    if "://" in uri:
        raise RefusedError(
            f"import a path on this machine, got {uri!r}. Fetch it, and give the path of the copy."
        )
    if not os.path.exists(uri):
        raise RefusedError(f"import a path on this machine, got {uri!r}, which does not exist.")
    return os.path.abspath(uri)


def on_host(label: str) -> Check:
    """Refuse tasks that cannot run in this program's own interpreter.

    Args:
        label: The target, which the advice names.
    """

    def check(step: Step) -> Iterator[str]:
        if not step.container:
            return
        if not step.runs_python_function:
            image = step.container["image"]
            yield (
                f"be a Python function to run outside its image, but is a container of {image!r}. "
                "Run all tasks in their images: --in_image."
            )
            return
        if missing := [str(p) for p in packages(step) if not _is_installed(p)]:
            yield (
                f"not install packages on this machine, got packages_to_install={missing}. Add them "
                f"to the run_deps of {label}, or run all tasks in their images: --in_image."
            )

    return check


def in_image(label: str, digests: Collection[str]) -> Check:
    """Refuse images that are not built with this pipeline.

    Args:
        label: The target, which the advice names.
        digests: The digests of the build's images.
    """

    def check(step: Step) -> Iterator[str]:
        if step.container and digest_of(step.container["image"]) not in digests:
            yield (
                f"run in an image of this build, got {step.container['image']!r}. "
                f"Add its kfp_image_reference to the image or images of {label}."
            )

    return check


def digest_of(image: str) -> str:
    """Return the digest in an image's reference; empty if it has no digest."""
    return image.partition("@")[2]


def outside(step: Step) -> Iterator[str]:
    """Refuse a task whose secrets, configuration or variables exist only on a cluster."""
    for path in _mounted(step, lambda kind: kind not in _VOLUMES):
        if not Path(path).exists():
            yield f"find {path}, which a cluster mounts, on this machine. Create it."
    for name in variables(step.platform):
        if name not in os.environ:
            yield f"find the environment variable {name}, which a cluster sets. Set it."


def missing_volumes(step: Step) -> list[str]:
    """Return the mount paths of volumes that are missing here, which a task may not need."""
    paths = _mounted(step, lambda kind: kind in _VOLUMES)
    return [path for path in paths if not Path(path).exists()]


def mounts(step: Step) -> list[str]:
    """Return the paths of a task's volumes, secrets and configuration that exist here."""
    return [path for path in _mounted(step, lambda kind: True) if Path(path).exists()]


def _mounted(step: Step, wanted: Callable[[str], bool]) -> list[str]:
    kinds = [value for kind, value in step.platform.items() if wanted(kind)]
    return sorted(_required(kinds, "mountPath"))


def variables(platform: Mapping[str, Any]) -> list[str]:
    """Return the environment variables that a cluster sets for a task."""
    fields = [field.get("name", "") for field in platform.get("fieldPathAsEnv", [])]
    return sorted({*_required(list(platform.values()), "envVar"), *fields} - {""})


def _required(value: object, key: str) -> set[str]:
    """Return the values of a key at any depth, except for those of optional items."""
    if isinstance(value, list):
        return set().union(*(_required(element, key) for element in value))
    if not isinstance(value, Mapping) or value.get("optional"):
        return set()
    inner = _required(list(value.values()), key)
    return inner | {value[key]} if isinstance(value.get(key), str) else inner


def _is_installed(package: Requirement | str) -> bool:
    if isinstance(package, str):
        return False
    try:
        version = importlib.metadata.version(package.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return package.specifier.contains(version, prereleases=True)
