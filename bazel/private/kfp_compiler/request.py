"""What one compilation is asked to do: the flags the compile rule writes."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path


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
        images: The images whose placeholders are replaced.
        files: Runfiles path of every declared source, to where it is now.
        roots: Runfiles paths of the folders that imports start from.
    """

    label: str
    kind: str
    source: str
    function: str
    out: str
    parameters: dict[str, object]
    normal: bool
    images: tuple[Image, ...]
    files: dict[str, str]
    roots: tuple[str, ...]


def _image(text: str) -> Image:
    return Image(**json.loads(text))


def _pair(text: str) -> tuple[str, str]:
    runfiles_path, _, path = text.partition("=")
    return runfiles_path, path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kfp_compiler", allow_abbrev=False)
    parser.add_argument("--label", required=True)
    parser.add_argument("--kind", choices=["pipeline", "component"], required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--function", default="")
    parser.add_argument("--out", required=True)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("--normal", action="store_true")
    parser.add_argument("--image", dest="images", type=_image, action="append", default=[])
    parser.add_argument("--file", dest="files", type=_pair, action="append", default=[])
    parser.add_argument("--root", dest="roots", action="append", default=[])
    return parser


def parse_request(arguments: Sequence[str]) -> Request:
    """Return the request that the flags describe."""
    flags = vars(_parser().parse_args(arguments))
    flags["images"], flags["roots"] = tuple(flags["images"]), tuple(flags["roots"])
    flags["files"] = dict(flags["files"])
    return Request(**{field.name: flags[field.name] for field in fields(Request)})
