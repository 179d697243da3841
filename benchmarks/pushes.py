"""What a push sends, by the manifests in the registry and by the content of layers."""

import json
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.report import amount

_LARGE = 1_000_000


@dataclass(frozen=True)
class Blob:
    """A part of an image in a registry.

    Attributes:
        kind: `index`, `manifest`, `config` or `layer`.
        size: Its size in bytes.
    """

    kind: str
    size: int


def blobs(read: Callable[[str], bytes], digest: str) -> dict[str, Blob]:
    """Return everything that belongs to an image, or to an index and its images, by digest.

    Args:
        read: Returns the index or manifest with a digest.
        digest: The digest of the image or index.
    """
    content = read(digest)
    document = json.loads(content)
    if "manifests" in document:
        found = {digest: Blob("index", len(content))}
        for member in document["manifests"]:
            found |= blobs(read, member["digest"])
        return found
    parts = [("config", document["config"]), *(("layer", part) for part in document["layers"])]
    found = {part["digest"]: Blob(kind, part["size"]) for kind, part in parts}
    return found | {digest: Blob("manifest", len(content))}


def sent_by_kind(sent: float, before: Mapping[str, Blob], after: Mapping[str, Blob]) -> str:
    """Say what a push sent that replaced some blobs, the largest part first.

    Args:
        sent: Bytes that the push sent, including HTTP requests.
        before: The blobs of the image that the registry had.
        after: The blobs of the image that was pushed.
    """
    new = [blob for digest, blob in after.items() if digest not in before]
    sizes: Counter[str] = Counter()
    for blob in new:
        sizes[blob.kind] += blob.size
    counts = Counter(blob.kind for blob in new)
    parts = {f"{counts[kind]} x {kind}": size for kind, size in sizes.items()}
    return _sentence(sent, parts | {"requests and tags": int(sent) - sum(sizes.values())})


def size_by_package(layers: Iterable[tuple[int, Iterable[tarfile.TarInfo]]]) -> str:
    """Say how large layers are, by the package that takes most of each.

    Args:
        layers: Compressed size and members of each layer.
    """
    sizes: Counter[str] = Counter()
    for size, members in layers:
        sizes[_main_package(members) if size >= _LARGE else "layers below 1 MB"] += size
    return _sentence(sum(sizes.values()), sizes)


def _main_package(members: Iterable[tarfile.TarInfo]) -> str:
    sizes: Counter[str] = Counter()
    for member in members:
        inside = member.name.rpartition("site-packages/")[2]
        sizes[inside.partition("/")[0]] += member.size
    return sizes.most_common(1)[0][0]


def _sentence(total: float, parts: Mapping[str, int]) -> str:
    return f"of {amount(total, 'bytes')}: {', '.join(_shown(parts))}"


def _shown(parts: Mapping[str, int]) -> Iterator[str]:
    for name, size in sorted(parts.items(), key=lambda part: -part[1]):
        yield f"{name} {amount(size, 'bytes')}"
