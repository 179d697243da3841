"""Combines images of several platforms into one index.

Usage: image_index.py OUT IMAGE…
"""

import shutil
import sys
from pathlib import Path

import layout
from layout import Json

PLATFORM_KEYS = ("os", "architecture", "variant", "os.version", "os.features")


def add_image(output: Path, image: Path) -> list[Json]:
    """Copies the blobs of an image, and returns its descriptors with the platform in its config."""
    shutil.copytree(image / "blobs", output / "blobs", dirs_exist_ok=True)
    descriptors = layout.read_index(image)
    for descriptor in descriptors:
        manifest = layout.read_blob(image, descriptor["digest"])
        config = layout.read_blob(image, manifest["config"]["digest"])
        descriptor["platform"] = {key: config[key] for key in PLATFORM_KEYS if config.get(key)}
    return descriptors


def main(out: str, *images: str) -> None:
    """Writes the index of the images, in the given order."""
    output = Path(out)
    manifests = [entry for image in images for entry in add_image(output, Path(image))]
    index = {"schemaVersion": 2, "mediaType": layout.INDEX, "manifests": manifests}
    layout.write_index(output, layout.write_blob(output, index, layout.INDEX))


if __name__ == "__main__":
    main(*sys.argv[1:])
