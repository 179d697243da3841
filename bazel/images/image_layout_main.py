"""Assembles an image from a base without its description, from layers and from settings."""

import argparse
import json
import sys
from pathlib import Path

from description import PREDEFINED, add_description, annotations, labels
from layout_writer import Json, blob, link, named, read_json, write_index, write_json

_OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--digest", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--layer", action="append", default=[], metavar="DESCRIPTOR=TAR")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--user", required=True)
    parser.add_argument("--workdir", required=True)
    add_description(parser)
    return parser.parse_args(argv)


def add_layers(args: argparse.Namespace, manifest: Json, config: Json) -> None:
    """Put the layers on top of those of the base, with media types of the same family.

    The history stays that of the base, since an entry for each layer would be a third of the bytes
    that a push sends.
    """
    for layer in manifest["layers"]:
        link(args.out, layer["digest"], blob(args.base, layer["digest"]))
    docker = manifest.get("mediaType", "").startswith("application/vnd.docker.")
    for given in args.layer:
        descriptor, tar = given.split("=", 1)
        found = json.loads(Path(descriptor).read_bytes())
        link(args.out, found["digest"], Path(tar))
        config["rootfs"]["diff_ids"].append(found.pop("diff_id"))
        manifest["layers"].append({"mediaType": _DOCKER_LAYER if docker else _OCI_LAYER, **found})


def set_up(args: argparse.Namespace, settings: Json) -> None:
    """Set how a container starts; an entrypoint would get KFP's command as arguments."""
    settings.pop("Entrypoint", None)
    environment = dict(pair.split("=", 1) for pair in [*(settings.get("Env") or []), *args.env])
    settings["Env"] = [f"{name}={value}" for name, value in environment.items()]
    settings["User"], settings["WorkingDir"] = args.user, args.workdir


def describe(args: argparse.Namespace, manifest: Json, config: Json) -> None:
    """Replace the base's description by that of the image.

    The base's labels that OCI does not predefine are kept: builders inherit them, and some tools
    read them.
    """
    settings = config["config"]
    inherited = settings.get("Labels") or {}
    kept = {key: value for key, value in inherited.items() if not key.startswith(PREDEFINED)}
    settings["Labels"] = kept | labels(args)
    manifest["annotations"] = annotations(args, named(args.base)["digest"])
    if created := settings["Labels"].get(PREDEFINED + "created"):
        config["created"] = created


def main(argv: list[str]) -> None:
    """Write the layout, and the image's digest."""
    args = parse(argv)
    manifest = read_json(args.base, named(args.base))
    config = read_json(args.base, manifest["config"])
    config.setdefault("config", {})
    add_layers(args, manifest, config)
    set_up(args, config["config"])
    describe(args, manifest, config)
    manifest["config"] = write_json(args.out, manifest["config"]["mediaType"], config)
    descriptor = write_json(args.out, named(args.base)["mediaType"], manifest)
    write_index(args.out, descriptor)
    args.digest.write_text(f"{descriptor['digest']}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
