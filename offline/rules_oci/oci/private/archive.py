"""Packs an image as an archive for `docker load` and `podman load`.

Usage: archive.py docker|oci IMAGE REPO_TAGS [OUT]; without OUT the archive goes to standard output.
"""

import io
import json
import signal
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import layout
from layout import Json

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPTED = {"docker": (layout.MANIFEST, DOCKER_MANIFEST), "oci": (layout.INDEX, DOCKER_MANIFEST)}
KIND = {"docker": "oci_image", "oci": "oci_image_index"}

# A fixed time, so that the same image always gives the same archive.
TIME = 1672560000

Entry = tuple[str, Path | bytes]


def relative(digest: str) -> str:
    """The path of a blob in a layout."""
    return "blobs/" + digest.replace(":", "/")


def docker_entries(image: Path, descriptor: Json, tags: list[str]) -> Iterator[Entry]:
    """Docker's own format: config, layers and a manifest with the tags."""
    manifest = layout.read_blob(image, descriptor["digest"])
    config = manifest["config"]["digest"]
    layers = [layer["digest"] for layer in manifest["layers"]]
    yield relative(config), layout.blob(image, config)
    for digest in layers:
        yield relative(digest) + ".tar.gz", layout.blob(image, digest)
    summary = {
        "Config": relative(config),
        "RepoTags": tags,
        "Layers": [relative(digest) + ".tar.gz" for digest in layers],
    }
    yield "manifest.json", json.dumps([summary], indent=2).encode()


def oci_entries(image: Path, descriptor: Json, tags: list[str]) -> Iterator[Entry]:
    """The layout itself, with an index that names the image once for each tag."""
    yield "oci-layout", image / "oci-layout"
    yield relative(descriptor["digest"]), layout.blob(image, descriptor["digest"])
    for member in layout.read_blob(image, descriptor["digest"])["manifests"]:
        manifest = layout.read_blob(image, member["digest"])
        for part in [member, manifest["config"], *manifest["layers"]]:
            yield relative(part["digest"]), layout.blob(image, part["digest"])
    named = [
        descriptor | {"annotations": {"org.opencontainers.image.ref.name": tag}} for tag in tags
    ]
    index = json.loads((image / "index.json").read_bytes()) | {"manifests": named}
    yield "index.json", json.dumps(index, indent=2).encode()


def pack(entries: Iterator[Entry], tar: tarfile.TarFile) -> None:
    """Adds each entry only once."""
    seen = set()
    for name, content in entries:
        if name in seen:
            continue
        seen.add(name)
        info = tarfile.TarInfo(name)
        info.mode, info.mtime = 0o755, TIME
        stream = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
        with stream:
            info.size = stream.seek(0, io.SEEK_END)
            stream.seek(0)
            tar.addfile(info, stream)


def main(kind: str, image: str, repo_tags: str, out: str = "/dev/stdout") -> None:
    """Writes the archive, if its format can represent the layout."""
    path = Path(image)
    descriptor = layout.read_only(path)
    if descriptor["mediaType"] not in ACCEPTED[kind]:
        raise SystemExit(
            f"Format {kind} is only supported for {KIND[kind]} targets "
            f"but saw {descriptor['mediaType']}"
        )
    tags = Path(repo_tags).read_text().split()
    entries = docker_entries if kind == "docker" else oci_entries
    with open(out, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
        pack(entries(path, descriptor, tags), tar)


if __name__ == "__main__":
    # If the engine ends before it has read the archive, it has said why.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main(*sys.argv[1:])
