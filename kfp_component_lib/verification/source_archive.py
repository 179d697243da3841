"""The source archive of a release, by which other workspaces use the rules, and its source.json.

Source:
    "source.json" in the documentation of the Bazel Central Registry; W3C "Subresource Integrity",
    section 3.1.
"""

import ast
import base64
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Mapping

from kfp_component_lib.verification.bundle import SOURCE, SOURCE_ARCHIVE, Files
from kfp_component_lib.verification.errors import DeliveryError

_LIMIT = 64 << 20  # bytes
_GENERATED = {"kfp_component_lib/_build_info.py"}


def integrity_of(content: bytes) -> str:
    """Return the hash of an archive as Bazel writes it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def check_source(files: Files, version: str) -> dict[str, bytes]:
    """Check that a bundle has the source archive of its version, and that source.json describes it.

    Args:
        files: The files of a bundle.
        version: The version of the bundle.

    Returns:
        The files in the archive, without its folder.

    Raises:
        DeliveryError: If one of them is missing, or they do not belong together.
    """
    prefix = f"kfp_component_lib-{version}"
    name = prefix + SOURCE_ARCHIVE
    archives = sorted(file for file in files if file.endswith(SOURCE_ARCHIVE))
    _must_be("source archives of the bundle", [name], archives)
    described = _described(files.get(SOURCE, b""))
    _must_be(f"strip_prefix in {SOURCE}", prefix, described.get("strip_prefix"))
    _must_be(f"integrity in {SOURCE}", integrity_of(files[name]), described.get("integrity"))
    url = described.get("url")
    if sorted(described) != ["integrity", "strip_prefix", "url"] or not (
        isinstance(url, str) and url.endswith(f"/{name}")
    ):
        raise DeliveryError(f"{SOURCE} must have the url of {name} and no more, got {described}.")
    found = _unpacked(name, files[name], prefix)
    _must_be(
        f"version in MODULE.bazel of {name}", version, _version(found.get("MODULE.bazel", b""))
    )
    return found


def check_source_of_wheel(source: Mapping[str, bytes], wheel: Files) -> None:
    """Check that a source archive has the modules of a wheel, but for those that a build generates.

    Raises:
        DeliveryError: If a module is missing or different.
    """
    modules = {file for file in wheel if file.startswith("kfp_component_lib/")} - _GENERATED
    differing = sorted(file for file in modules if source.get(file) != wheel[file])
    _must_be("modules of the wheel that differ in the source archive", [], differing)


def _described(content: bytes) -> dict[str, object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DeliveryError(f"{SOURCE} must be a JSON object, got {content[:60]!r}.")
    return found


def _unpacked(name: str, content: bytes, prefix: str) -> dict[str, bytes]:
    """Return the files in an archive, which must all be below one folder."""
    try:
        # One byte more than the limit shows that there are more.
        plain = zlib.decompressobj(wbits=31).decompress(content, _LIMIT + 1)
        if len(plain) > _LIMIT:
            raise DeliveryError(f"{name} must have at most {_LIMIT:,} bytes unpacked, got more.")
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            return dict(_file(name, tar, entry, prefix) for entry in tar)
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise DeliveryError(f"{name} must be a tar.gz archive, got {str(error)!r}.") from None


def _file(
    name: str, tar: tarfile.TarFile, entry: tarfile.TarInfo, prefix: str
) -> tuple[str, bytes]:
    folder, _, path = entry.name.partition("/")
    if not entry.isreg() or folder != prefix or not path or ".." in path.split("/"):
        raise DeliveryError(f"{name} must have files below {prefix} alone, got {entry.name!r}.")
    content = tar.extractfile(entry)
    return path, content.read() if content else b""


def _version(module: bytes) -> object:
    """Return the version literal in a MODULE.bazel file, which has the syntax of Python."""
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "module":
            for keyword in node.keywords:
                if keyword.arg == "version" and isinstance(keyword.value, ast.Constant):
                    return keyword.value.value
    return None


def _must_be(what: str, wanted: object, got: object) -> None:
    if wanted != got:
        raise DeliveryError(f"{what} must be {wanted!r}, got {got!r}. They do not belong together.")
