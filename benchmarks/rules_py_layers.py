"""The layers of rules_py's py_image_layer, counted from their layout.

A layer contains only files, sorted by path, with fixed times and owners, and is compressed by gzip at
level 6.

Source:
    aspect-build/rules_py, 4a9ac6d8fa6f, py/private/py_image_layer.bzl: _file_to_mtree_entry and
    _run_tar_action.
"""

import functools
import gzip
import hashlib
import io
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from layout_writer import link, write_index, write_json
from oci_layout import Image

from benchmarks.costs import Cost
from benchmarks.library import Library
from benchmarks.registry import Registry
from benchmarks.session import Session, runfile

ONE_GROUP, GROUPS = "rules_py, application layer", "rules_py, a layer per package"
_GROUP: dict[str, Callable[[str], str]] = {
    ONE_GROUP: lambda _path: "default",
    GROUPS: lambda path: str(PurePosixPath(path).parent),
}
_TIME = 1672560000
_RUNFILES = "./app.runfiles/_main/"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def layer(files: Mapping[str, bytes]) -> bytes:
    """Return a layer with files, given by their path in the workspace."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            member = tarfile.TarInfo(_RUNFILES + path)
            member.mode, member.mtime, member.size = 0o755, _TIME, len(files[path])
            tar.addfile(member, io.BytesIO(files[path]))
    return gzip.compress(written.getvalue(), compresslevel=6, mtime=0)


class RulesPy:
    """The image with a layer of all distributions, and the library in one or more layers.

    Attributes:
        name: One of ONE_GROUP and GROUPS.
        pushed: References of everything that was pushed.
    """

    def __init__(
        self, name: str, running: Session, registry: Registry, wheel: Path, packages: Path
    ):
        """Prepare.

        Args:
            name: One of ONE_GROUP and GROUPS.
            running: The session.
            registry: The registry to push to.
            wheel: The library's wheel.
            packages: The layer with all distributions.
        """
        self.name, self.pushed = name, list[str]()
        self._session, self._registry, self._packages = running, registry, packages
        self._library = Library(wheel)

    def edit(self, module: str, edition: int) -> None:
        """Change one line of a module of the library."""
        self._library.edit(module, edition)

    def push(self) -> Cost:
        """Push the image, and return the number of bytes sent."""
        layout = self._layout()
        repository = self.name.replace(", ", "-").replace(" ", "-")
        reference = self._registry.reference(repository, len(self.pushed))
        self.pushed.append(reference)
        return self._registry.count(lambda: self._registry.push(layout, reference))

    def _layout(self) -> Path:
        base, layout = Image(runfile("BASE")), self._session.folder("rules_py")
        descriptors, diff_ids = list(base.manifest["layers"]), base.config["rootfs"]["diff_ids"]
        for descriptor, file in zip(descriptors, base.layers, strict=True):
            link(layout, descriptor["digest"], file)
        for file in [self._packages, *self._application()]:
            described = _described(file)
            link(layout, described["digest"], file)
            diff_ids = [*diff_ids, described.pop("diff_id")]
            descriptors.append({"mediaType": _LAYER, **described})
        config = base.config | {"rootfs": {"type": "layers", "diff_ids": diff_ids}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": write_json(layout, _CONFIG, config),
            "layers": descriptors,
        }
        write_index(layout, write_json(layout, _MANIFEST, manifest))
        return layout

    def _application(self) -> Iterator[Path]:
        groups: dict[str, dict[str, bytes]] = defaultdict(dict)
        for path, text in self._library.modules.items():
            groups[_GROUP[self.name](path)][path] = text
        folder = self._session.folder("application")
        for number, name in enumerate(sorted(groups)):
            file = folder / f"{number}.tar.gz"
            file.write_bytes(layer(groups[name]))
            yield file


@functools.cache
def _description(file: Path) -> Mapping[str, str | int]:
    with gzip.open(file) as content:
        diff_id = hashlib.file_digest(content, "sha256").hexdigest()
    with file.open("rb") as zipped:
        digest = hashlib.file_digest(zipped, "sha256").hexdigest()
    size = file.stat().st_size
    return {"digest": f"sha256:{digest}", "diff_id": f"sha256:{diff_id}", "size": size}


def _described(file: Path) -> dict[str, Any]:
    """Return digest, size and diff_id of a layer; a large one is read once."""
    return dict(_description(file))
