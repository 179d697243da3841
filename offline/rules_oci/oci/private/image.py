"""Writes an image from an optional base, layers, and the settings of its containers."""

import argparse
import json
import re
import sys
from pathlib import Path

import layout
from layout import Json

OCI_LAYER = ("application/vnd.oci.image.layer.v1.tar", "+")
DOCKER_LAYER = ("application/vnd.docker.image.rootfs.diff.tar", ".")


def parse(argv: list[str]) -> argparse.Namespace:
    """Parses the options, which correspond to the rule's attributes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--from", dest="base", type=Path)
    start.add_argument("--scratch", type=json.loads, metavar="PLATFORM")
    parser.add_argument("--layer", action="append", default=[], metavar="TAR=DESCRIPTOR")
    for name in ("annotations", "cmd", "created", "entrypoint", "env", "exposed-ports"):
        parser.add_argument("--" + name, type=Path, metavar="FILE")
    for name in ("labels", "volumes"):
        parser.add_argument("--" + name, type=Path, metavar="FILE")
    parser.add_argument("--user")
    parser.add_argument("--workdir")
    return parser.parse_args(argv)


def scratch(platform: Json) -> tuple[Json, Json]:
    """Manifest and config of an image without layers."""
    config = {
        **platform,
        "created": "1970-01-01T00:00:00Z",
        "config": {},
        "history": [],
        "rootfs": {"type": "layers", "diff_ids": []},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": layout.MANIFEST,
        "config": {"mediaType": layout.CONFIG},
        "layers": [],
    }
    return manifest, config


def inherit(output: Path, base: Path) -> tuple[Json, Json]:
    """Manifest and config of a base; its layers become the lowest layers of the output."""
    manifest = layout.read_blob(base, layout.read_only(base)["digest"])
    for layer in manifest["layers"]:
        layout.link_blob(output, layout.blob(base, layer["digest"]), layer["digest"])
    return manifest, layout.read_blob(base, manifest["config"]["digest"])


def append_layer(output: Path, manifest: Json, config: Json, layer: str) -> None:
    """Adds a layer, with a media type of the same family as those of the base."""
    tar, descriptor = layer.split("=")
    found = json.loads(Path(descriptor).read_text())
    docker = manifest.get("mediaType", "").startswith("application/vnd.docker.")
    media_type, separator = DOCKER_LAYER if docker else OCI_LAYER
    if found["compression"]:
        media_type += separator + found["compression"]
    layout.link_blob(output, Path(tar), found["digest"])
    manifest["layers"].append(
        {"mediaType": media_type, "digest": found["digest"], "size": found["size"]}
    )
    config["rootfs"]["diff_ids"].append(found["diffid"])
    config.setdefault("history", []).append(found["history"])


def read_pairs(file: Path) -> dict[str, str]:
    """The `KEY=VALUE` lines of a file."""
    return dict(line.partition("=")[::2] for line in file.read_text().split("\n") if line)


def read_arguments(file: Path) -> list[str]:
    """The lines of a file; `%5Cn` stands for a line break within an argument."""
    return [line.replace("%5Cn", "\n") for line in file.read_text().split("\n") if line]


def read_set(file: Path) -> Json:
    """The comma-separated entries of a file, as the keys of an otherwise empty object."""
    text = file.read_text()
    return {entry: {} for entry in text.split(",")} if text else {}


def expand(env: dict[str, str], file: Path) -> dict[str, str]:
    """`env` and the variables of a file, which may refer to earlier ones as `$KEY` or `${KEY}`."""
    env = dict(env)
    for line in file.open(newline="\n"):
        key, _, value = line.removesuffix("\n").partition("=")
        env[key] = re.sub(r"\$\{?(\w+)\}?", lambda m: env.get(m[1], ""), value, flags=re.ASCII)
    return env


def set_process(run: Json, options: argparse.Namespace) -> None:
    """Sets command, user and folder of a container; an entrypoint discards the base's cmd."""
    if options.entrypoint:
        run.pop("Cmd", None)
        run["Entrypoint"] = read_arguments(options.entrypoint)
    if options.cmd:
        run["Cmd"] = read_arguments(options.cmd)
    if options.user:
        run["User"] = options.user
    if options.workdir:
        run["WorkingDir"] = options.workdir


def set_surroundings(run: Json, options: argparse.Namespace) -> None:
    """Adds variables, labels, ports and volumes to those of the base."""
    if options.env:
        env = dict(entry.partition("=")[::2] for entry in run.get("Env") or [])
        run["Env"] = [f"{key}={value}" for key, value in expand(env, options.env).items()]
    if options.labels:
        run["Labels"] = (run.get("Labels") or {}) | read_pairs(options.labels)
    if options.exposed_ports:
        run["ExposedPorts"] = (run.get("ExposedPorts") or {}) | read_set(options.exposed_ports)
    if options.volumes:
        run["Volumes"] = (run.get("Volumes") or {}) | read_set(options.volumes)


def write(output: Path, manifest: Json, config: Json) -> None:
    """Writes config, manifest and index."""
    media_type = manifest["config"]["mediaType"]
    manifest["config"] = layout.write_blob(output, config, media_type)
    descriptor = layout.write_blob(output, manifest, manifest.get("mediaType", layout.MANIFEST))
    layout.write_index(output, descriptor)


def main(argv: list[str]) -> None:
    """Writes the image that the options describe."""
    options = parse(argv)
    base = options.base
    manifest, config = inherit(options.output, base) if base else scratch(options.scratch)
    for layer in options.layer:
        append_layer(options.output, manifest, config, layer)
    if options.created:
        config["created"] = options.created.read_text()
    run = config.setdefault("config", {})
    set_process(run, options)
    set_surroundings(run, options)
    if options.annotations:
        annotations = manifest.get("annotations") or {}
        manifest["annotations"] = annotations | read_pairs(options.annotations)
    write(options.output, manifest, config)


if __name__ == "__main__":
    main(sys.argv[1:])
