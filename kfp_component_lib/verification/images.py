"""The images of a release, as registries store them and containers see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kfp_component_lib.verification.container_files import ContainerFiles, Layers
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.registry import Manifest, Registry

_CONFIG_LIMIT = 8 << 20


@dataclass(frozen=True)
class Image:
    """An image for one architecture.

    Attributes:
        manifest: Its manifest.
        config: Its configuration.
        layers: Its unpacked layers, lowest layer first.
    """

    manifest: Manifest
    config: Mapping[str, Any]
    layers: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """Its digest."""
        return self.manifest.digest

    @property
    def architecture(self) -> str:
        """The architecture of the image."""
        return str(self.config.get("architecture"))

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the image."""
        found = self._setting("Labels")
        return found if isinstance(found, dict) else {}

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which containers of the image start."""
        found = self._setting("Env")
        pairs = found if isinstance(found, list) else []
        return {name: value for name, _, value in (str(pair).partition("=") for pair in pairs)}

    def files(self) -> ContainerFiles:
        """Return the files that containers of the image see."""
        return ContainerFiles(self.layers)

    def _setting(self, name: str) -> Any:
        settings = self.config.get("config")
        return settings.get(name) if isinstance(settings, dict) else None


def fetch_image(registry: Registry, manifest: Manifest, folder: Path, layers: Layers) -> Image:
    """Return an image after downloading its blobs to a folder.

    Raises:
        DeliveryError: If the layers are not those that the configuration lists.
    """
    file, blobs = registry.save(manifest, folder)
    config = _config(file, manifest)
    unpacked = [layers.unpack(blob) for blob in blobs]
    rootfs = config.get("rootfs")
    named = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if named != [digest for _, digest in unpacked]:
        raise DeliveryError(
            f"image {manifest.digest} must have the layers that its configuration lists, but has "
            "others."
        )
    return Image(manifest, config, tuple(path for path, _ in unpacked))


def _config(file: Path, manifest: Manifest) -> dict[str, Any]:
    found = None
    if file.stat().st_size <= _CONFIG_LIMIT:
        try:
            found = json.loads(file.read_bytes())
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, dict):
        raise DeliveryError(
            f"image {manifest.digest} must have a configuration in JSON, but has none."
        )
    return found
