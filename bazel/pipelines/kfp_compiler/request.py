"""The request for one compilation, given by the flags that the compile rule writes."""

import argparse
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

# A pipeline of a thousand tasks takes a few seconds.
_TIME_LIMIT = 300


@dataclass(frozen=True)
class Image:
    """An image, which components name by a placeholder and the output names by its digest.

    Attributes:
        label: The image's Bazel label, for messages.
        placeholder: The reference `REPOSITORY:TAG` that components name.
        reference: The reference that replaces the placeholder, without a digest.
        digest_file: File with the digest to add to `reference`; empty to add none.
        digests_file: JSON file that maps the name of each component's function to the digest of
            the component's own image; empty if all components share one image.
    """

    label: str
    placeholder: str
    reference: str
    digest_file: str
    digests_file: str

    def pinned(self, function: str = "") -> str:
        """Return the reference that the output names for a component.

        Args:
            function: The component's function; empty for a container component, which gets the image
                of the whole library.

        Raises:
            KeyError: If this component has no image of its own although others have one.
        """
        if not self.digest_file:
            return self.reference
        if self.digests_file and function:
            return f"{self.reference}@{self._digests()[function]}"
        return f"{self.reference}@{Path(self.digest_file).read_text(encoding='utf-8').strip()}"

    def _digests(self) -> dict[str, str]:
        return dict(json.loads(Path(self.digests_file).read_text(encoding="utf-8")))

    def pattern(self) -> re.Pattern[str]:
        """Return a pattern that matches every reference that the output may contain."""
        digest = "@sha256:[0-9a-f]{64}" if self.digest_file else ""
        return re.compile(re.escape(self.reference) + digest)


@dataclass(frozen=True)
class Wheel:
    """The replacement of an image: a generic image, and a wheel to install when a task starts.

    Attributes:
        label: The Bazel label of the image that is replaced, for messages.
        placeholder: The reference `REPOSITORY:TAG` that components name.
        base_image: The generic image.
        requirement: The pinned requirement to install in it.
        pip_index_urls: Package indexes to install from; pip's default if empty.
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
        out: The file for the result; its suffix selects YAML or JSON.
        parameters: Values that become the pipeline's defaults.
        normal: Whether to leave out what changes with every KFP release.
        interface: The file for the interface; empty if it is not requested.
        version: The version of the module that defines it.
        type_check: Whether KFP checks that the types of connected outputs and inputs match.
        caching: Whether KFP may reuse cached results for tasks that do not configure caching.
        strict: Whether every trap that is found is an error.
        allow: The trap rules that it may break, each with the reason.
        manifest: Options of a Kubernetes manifest; None for a plain definition.
        images: The images whose placeholders are replaced.
        wheels: The replacements of images.
        files: Maps the runfiles path of every declared source to its current path.
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
        """Return the files that are read besides sources and archives."""
        files = [file for image in self.images for file in (image.digest_file, image.digests_file)]
        return [file for file in files if file]


def _path(text: str) -> str:
    """Return the absolute form of a path; an empty path stays empty."""
    return os.path.abspath(text) if text else ""


def _pair(text: str) -> tuple[str, str]:
    runfiles_path, _, path = text.partition("\t")
    return runfiles_path, path


def _image(text: str) -> Image:
    values = json.loads(text)
    return Image(**values | {name: _path(values[name]) for name in ("digest_file", "digests_file")})


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


# Created once for all forks of a worker.
_PARSER = _parser()


def parse_request(arguments: Sequence[str]) -> Request:
    """Return the request that the flags describe."""
    flags = vars(_PARSER.parse_args(arguments))
    for name in ("images", "wheels", "roots", "archives"):
        flags[name] = tuple(flags[name])
    flags["files"] = dict(flags["files"])
    return Request(**{field.name: flags[field.name] for field in fields(Request)})
