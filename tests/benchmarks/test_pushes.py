"""What a push sends, and what layers contain."""

import json
import tarfile

from benchmarks.pushes import Blob, blobs, sent_by_kind, size_by_package


def manifest(config: str, *layers: tuple[str, int]) -> dict:
    described = [{"digest": digest, "size": size} for digest, size in layers]
    return {"config": {"digest": config, "size": 100}, "layers": described}


def read(documents: dict[str, dict], digest: str) -> dict[str, Blob]:
    return blobs(lambda found: json.dumps(documents[found]).encode(), digest)


def test_an_index_has_the_blobs_of_its_images():
    """A layer that two images share is one blob."""
    documents = {
        "index": {"manifests": [{"digest": "a"}, {"digest": "b"}]},
        "a": manifest("config-a", ("shared", 7), ("own", 8)),
        "b": manifest("config-b", ("shared", 7)),
    }
    found = read(documents, "index")
    kinds = {digest: blob.kind for digest, blob in found.items()}
    assert kinds == {
        "index": "index",
        "a": "manifest",
        "b": "manifest",
        "config-a": "config",
        "config-b": "config",
        "shared": "layer",
        "own": "layer",
    }
    assert found["own"].size == 8
    assert found["a"].size == len(json.dumps(documents["a"]))


def test_only_new_blobs_are_sent():
    """What the registry had is not sent again; the rest of the bytes are requests."""
    before = {"old": Blob("layer", 5_000_000), "m1": Blob("manifest", 900)}
    after = {
        "old": Blob("layer", 5_000_000),
        "m2": Blob("manifest", 900),
        "x": Blob("layer", 4_000),
        "y": Blob("layer", 2_000),
    }
    assert sent_by_kind(8_000, before, after) == (
        "of 8 kB: 2 x layer 6 kB, requests and tags 1.1 kB, 1 x manifest 900 B"
    )


def member(name: str, size: int) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size = size
    return found


def test_layers_are_named_by_their_largest_package():
    """Small layers are one entry; files outside of the packages are named by their folder."""
    layers = [
        (
            30_000_000,
            [member("opt/site-packages", 0), member("opt/site-packages/numpy/core.so", 90)],
        ),
        (20_000_000, [member("opt/site-packages/numpy.libs/blas.so", 90)]),
        (2_000_000, [member("usr/lib/python3.13/os.pyc", 9)]),
        (1_000, [member("opt/site-packages/kfp_component_lib/files.py", 9)]),
        (2_000, []),
    ]
    assert size_by_package(layers) == (
        "of 52 MB: numpy 30 MB, numpy.libs 20 MB, usr 2 MB, layers below 1 MB 3 kB"
    )
