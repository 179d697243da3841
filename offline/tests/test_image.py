"""oci_image and oci_image_index: how attributes appear in the manifest and the config."""

import gzip
import hashlib
import io
import os
import tarfile
from pathlib import Path

import image_layout

IMAGE, CHILD, INDEX = (Path(os.environ[name]) for name in ("IMAGE", "CHILD", "INDEX"))
LABELS = {"org.example.empty": "", "org.example.text": "a=b c"}


def digest(name):
    """The content of a .digest target."""
    return Path(os.environ[name + "_DIGEST"]).read_text()


def names(tar):
    """The paths in a tar."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return archive.getnames()


def test_digest_is_a_line_with_the_digest_of_the_manifest():
    """NAME.digest contains the digest by which a registry knows the image."""
    for layout, name in [(IMAGE, "IMAGE"), (CHILD, "CHILD"), (INDEX, "INDEX")]:
        assert digest(name) == image_layout.descriptor(layout)["digest"] + "\n"


def test_dicts_and_files_give_the_same_image():
    """A dict or a list is equivalent to a file."""
    assert digest("IMAGE") == digest("IMAGE_FROM_FILES")


def test_settings_of_containers():
    """Each attribute appears in its place in the config."""
    assert image_layout.config(IMAGE)["config"] == {
        "Cmd": ["two words", "two\nlines"],
        "Entrypoint": ["/bin/sh"],
        "Env": ["FIRST=1=one", "SECOND=1=one-1=one-"],
        "ExposedPorts": {"80/tcp": {}, "90": {}},
        "Labels": LABELS,
        "User": "65532:0",
        "Volumes": {"/data": {}},
        "WorkingDir": "/tmp",
    }


def test_platform_and_time_of_an_image_without_base():
    """The image contains nothing about this machine or the time of the build."""
    config = image_layout.config(IMAGE)
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert config["created"] == "1970-01-01T00:00:00Z"
    (entry,) = config["history"]
    assert entry["created"] == "1970-01-01T00:00:00Z"
    assert entry["created_by"].startswith("bazel build ")
    assert entry["created_by"].endswith("//offline/tests:layer_first")


def test_annotations_are_the_manifests():
    """Annotations are not labels: they are not in the config."""
    assert image_layout.manifest(IMAGE)["annotations"] == LABELS


def test_child_adds_to_its_base():
    """Variables and labels are merged with the base's; an entrypoint discards its cmd."""
    run = image_layout.config(CHILD)["config"]
    assert run["Env"] == ["FIRST=new:1=one", "SECOND=1=one-1=one-"]
    assert run["Labels"] == LABELS | {"org.example.text": "replaced"}
    assert run["Entrypoint"] == ["/bin/true"]
    assert "Cmd" not in run
    assert run["User"] == "65532:0"


def test_child_has_the_time_of_its_file():
    """`created` is read from a file, which a stamped build can write."""
    assert image_layout.config(CHILD)["created"] == "2024-02-29T12:00:00Z"


def test_layers_are_those_of_the_base_and_then_its_own():
    """A layer is a blob with its media type; the config lists its uncompressed digest."""
    layers = image_layout.manifest(CHILD)["layers"]
    assert layers[0] == image_layout.manifest(IMAGE)["layers"][0]
    assert [layer["mediaType"] for layer in layers] == [
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
    ]
    plain, zipped = (image_layout.blob(CHILD, layer["digest"]) for layer in layers)
    assert [len(plain), len(zipped)] == [layer["size"] for layer in layers]
    tars = [plain, gzip.decompress(zipped)]
    assert image_layout.config(CHILD)["rootfs"]["diff_ids"] == [
        "sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars
    ]
    assert [names(tar) for tar in tars] == [["first.txt"], ["second.txt"]]


def test_index_names_its_images_with_their_platforms():
    """A client selects an image by platform, which includes the variant."""
    manifests = image_layout.manifest(INDEX)["manifests"]
    assert [entry["platform"] for entry in manifests] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64", "variant": "v8"},
    ]
    assert manifests[0]["digest"] == image_layout.descriptor(IMAGE)["digest"]
    for entry in manifests:
        image_layout.blob(INDEX, entry["digest"])
