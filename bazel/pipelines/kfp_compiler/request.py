"""What one compilation is asked to do: the flags the compile rule writes."""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

# A pipeline of a thousand tasks takes some seconds.
_TIME_LIMIT = 300


@dataclass(frozen=True)
class Image:
    """An image that components name by a placeholder and the output names by its digest.

    Attributes:
        label: The image's Bazel label, for messages.
        placeholder: The reference `REPOSITORY:TAG` that components name.
        reference: What replaces the placeholder, without a digest.
        digest_file: File with the digest to add to `reference`; empty to add none.
    """

    label: str
    placeholder: str
    reference: str
    digest_file: str

    def pinned(self) -> str:
        """Return the reference that the output names."""
        if not self.digest_file:
            return self.reference
        return f"{self.reference}@{Path(self.digest_file).read_text(encoding='utf-8').strip()}"


@dataclass(frozen=True)
class Wheel:
    """What stands in for an image: a generic one, and a wheel installed when a task starts.

    Attributes:
        label: The Bazel label of the image it stands in for, for messages.
        placeholder: The reference `REPOSITORY:TAG` that components name.
        base_image: The generic image.
        requirement: The pinned requirement to install in it.
        pip_index_urls: Package indexes to install from; pip's own choice if empty.
        pip_trusted_hosts: Hosts to trust without a valid certificate.
    """

    label: str
    placeholder: str
    base_image: str
    requirement: str
    pip_index_urls: list[str]
    pip_trusted_hosts: list[str]


@dataclass(frozen=True)
class Request:
    """One compilation.

    Attributes:
        label: The Bazel label, for messages.
        kind: `pipeline` or `component`.
        source: The Python file.
        function: The function to compile; empty if the file defines only one.
        out: Where the result goes; the suffix decides between YAML and JSON.
        parameters: Values that become the pipeline's defaults.
        normal: Whether to leave out what changes with every KFP release.
        interface: Where the interface goes; empty for nowhere.
        version: The version of the module that defines it.
        type_check: Whether KFP compares the types of outputs with those of inputs.
        caching: Whether a task that does not say so itself may be answered from KFP's cache.
        strict: Whether every trap that is found is an error.
        allow: The rules about traps that it may break, each with the reason.
        manifest: Options of a Kubernetes manifest; None for a plain definition.
        images: The images whose placeholders are replaced.
        wheels: What stands in for images.
        files: Runfiles path of every declared source, to where it is now.
        roots: Runfiles paths of the folders that imports start from.
        archives: The archives of installed distributions.
        time_limit: Seconds after which compiling is given up.
    """

    label: str
    kind: str
    source: str
    function: str
    out: str
    parameters: dict[str, object]
    normal: bool
    interface: str
    version: str
    type_check: bool
    caching: bool
    strict: bool
    allow: dict[str, str]
    manifest: dict[str, object] | None
    images: tuple[Image, ...]
    wheels: tuple[Wheel, ...]
    files: dict[str, str]
    roots: tuple[str, ...]
    archives: tuple[str, ...]
    time_limit: int

    def source_path(self) -> str:
        """Return the runfiles path of the Python file."""
        return next(path for path, file in self.files.items() if file == self.source)

    def inputs(self) -> list[str]:
        """Return the files that are read beside sources and archives."""
        return [image.digest_file for image in self.images if image.digest_file]


def _path(text: str) -> str:
    """Return a path that stays right if the working directory changes; empty stays empty."""
    return os.path.abspath(text) if text else ""


def _pair(text: str) -> tuple[str, str]:
    runfiles_path, _, path = text.partition("\t")
    return runfiles_path, path


def _image(text: str) -> Image:
    values = json.loads(text)
    return Image(**values | {"digest_file": _path(values["digest_file"])})


_REPEATED: dict[str, Callable[[str], object]] = {
    "image": _image,
    "wheel": lambda text: Wheel(**json.loads(text)),
    "file": _pair,
    "root": str,
    "archive": str,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kfp_compiler", allow_abbrev=False)
    parser.add_argument("--label", required=True)
    parser.add_argument("--kind", choices=["pipeline", "component"], required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--function", default="")
    parser.add_argument("--out", type=_path, required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("--normal", action="store_true")
    parser.add_argument("--interface", type=_path, default="")
    parser.add_argument("--version", default="")
    parser.add_argument("--time_limit", type=int, default=_TIME_LIMIT)
    parser.add_argument("--no_type_check", dest="type_check", action="store_false")
    parser.add_argument("--no_caching", dest="caching", action="store_false")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--allow", type=json.loads, default={})
    parser.add_argument("--manifest", type=json.loads)
    for name, parse in _REPEATED.items():
        parser.add_argument(f"--{name}", dest=f"{name}s", type=parse, action="append", default=[])
    return parser


# Made once, for all forks of a worker.
_PARSER = _parser()


def parse_request(arguments: Sequence[str]) -> Request:
    """Return the request that the flags describe."""
    flags = vars(_PARSER.parse_args(arguments))
    for name in ("images", "wheels", "roots", "archives"):
        flags[name] = tuple(flags[name])
    flags["files"] = dict(flags["files"])
    return Request(**{field.name: flags[field.name] for field in fields(Request)})
