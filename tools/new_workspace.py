"""Creates the workspace of another team, with a component, its image, a pipeline, tests and CI.

The new workspace works at once. It uses the rules and components of this one, from this folder or
from the source archive of a release (--archive).
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kfp_component_lib import VERSION

_FILES = Path(__file__).parent / "workspace"
_TEMPLATE = ".template"
_PREFIX = "kfp_component_lib"
_INTEGRITY = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")

_FROM_FOLDER = """local_path_override(
    module_name = "kfp_component_lib",
    path = {path},
)
"""
_FROM_ARCHIVE = """archive_override(
    module_name = "kfp_component_lib",
    # bazelw names the same archive.
    integrity = {integrity},
    strip_prefix = {prefix},
    urls = [{url}],
)
"""


@dataclass(frozen=True)
class Archive:
    """The source archive of a release.

    Attributes:
        url: Its address, which ends in kfp_component_lib-VERSION.tar.gz.
        integrity: Its hash, as Bazel writes it: sha256-….
    """

    url: str
    integrity: str

    @property
    def prefix(self) -> str:
        """The only folder in the archive."""
        return self.url.rpartition("/")[2].removesuffix(".tar.gz")


def find_archive(url: str, integrity: str = "") -> Archive:
    """Return a source archive after checking what is said of it.

    Args:
        url: Its address, or the path of a file.
        integrity: Its hash; may be left out for a file.

    Raises:
        ValueError: If it is not an archive of this version, or its hash is missing or wrong.
    """
    if "://" not in url:
        url = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), url).resolve().as_uri()
    archive = Archive(url, integrity or _integrity_of(url))
    wanted = f"{_PREFIX}-{VERSION}"
    if archive.prefix != wanted or not url.endswith(".tar.gz"):
        raise ValueError(
            f"--archive must end in /{wanted}.tar.gz, the version of this checkout, got {url!r}. "
            "Check out the version of the archive, or pass the archive of this version."
        )
    if not _INTEGRITY.fullmatch(archive.integrity):
        raise ValueError(
            f"--integrity must be sha256-… with 44 characters of base64, got {integrity!r}. "
            "source.json in the bundle of the release states it."
        )
    return archive


def _integrity_of(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise ValueError(
            f"--integrity must be given with an archive that is not a file, got none with {url!r}. "
            "source.json in the bundle of the release states it."
        )
    path = unquote(parts.path)
    if not path.isascii():
        raise ValueError(
            f"--archive must have a path in ASCII, since Bazel 7 cannot open another file by its URL, "
            f"got {path!r}. Move the archive; the new workspace may be in any folder."
        )
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(
            f"--archive must be a file that can be read, got {url!r}: {error.strerror}. "
            "Download it from the release."
        ) from None
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def create(target: Path, source: Path | Archive) -> list[Path]:
    """Write a workspace, and return its files, relative to it.

    Args:
        target: Its folder, which must be empty or missing.
        source: The workspace whose rules it uses, or the archive of one.

    Raises:
        ValueError: If the folder is not empty, or lies in the workspace whose rules it uses.
    """
    _check_target(target, source)
    texts = _texts(_values(source))
    for name, text in texts.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (target / "bazelw").chmod(0o755)
    return sorted(texts)


def _check_target(target: Path, source: Path | Archive) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(
            f"PATH must be a new or empty folder, got {str(target)!r}. Choose another."
        )
    if isinstance(source, Path) and target.is_relative_to(source):
        raise ValueError(
            f"PATH must be outside of {source}, whose `bazel test //...` would include it, got "
            f"{str(target)!r}. Choose another."
        )


def _values(source: Path | Archive) -> dict[str, str]:
    """Return what the templates leave open, by its name."""
    if isinstance(source, Path):
        return {
            "version": VERSION,
            "override": _FROM_FOLDER.format(path=_starlark(str(source))),
            "folder": shlex.quote(str(source)),
        }
    written = {k: _starlark(getattr(source, k)) for k in ("url", "integrity", "prefix")}
    return {
        "version": VERSION,
        "override": _FROM_ARCHIVE.format(**written),
        "url": shlex.quote(source.url),
        "integrity": shlex.quote(source.integrity),
        "prefix": shlex.quote(source.prefix),
    }


def _starlark(text: str) -> str:
    """Return a literal; Bazel reads no escapes beyond ASCII, so these characters stay as they are."""
    return json.dumps(text, ensure_ascii=False)


def _texts(values: Mapping[str, str]) -> dict[Path, str]:
    """Return the files of a workspace."""
    texts = {}
    wrapper = _FILES / ("bazelw.archive" if "url" in values else "bazelw.folder")
    for path in sorted(_FILES.rglob("*")):
        if path.is_file() and not path.name.startswith("bazelw."):
            texts[path.relative_to(_FILES)] = path.read_text(encoding="utf-8")
    texts[Path("bazelw")] = wrapper.read_text(encoding="utf-8")
    for name in ("MODULE.bazel" + _TEMPLATE, "bazelw"):
        for key, value in values.items():
            texts[Path(name)] = texts[Path(name)].replace(f"@{key}@", value)
    return {name.with_name(name.name.removesuffix(_TEMPLATE)): text for name, text in texts.items()}


def _told(target: Path, files: list[Path], source: Path | Archive) -> str:
    lines = [f"Wrote {len(files)} files below {target}:", *(f"    {file}" for file in files)]
    if isinstance(source, Path):
        lines.append(
            f"MODULE.bazel and bazelw name {source}, a folder of this machine. For a workspace that "
            "others use as well, pass --archive with the source archive of a release."
        )
    lines += [
        "Next:",
        f"    cd {shlex.quote(str(target))}",
        "    ./bazelw test //...",
        "    ./bazelw build //pipelines:compile",
    ]
    return "\n".join(lines)


def main() -> None:
    """Create the workspace, and say what comes next."""
    parser = argparse.ArgumentParser(
        prog="bazel run //:new_workspace --",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH", type=Path, help="a new or empty folder")
    parser.add_argument(
        "--archive", metavar="URL", help="the source archive of a release, or a file"
    )
    parser.add_argument(
        "--integrity",
        default="",
        metavar="sha256-…",
        help="the hash of the archive; computed if it is a file",
    )
    args = parser.parse_args()
    target = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), args.path).resolve()
    try:
        if args.integrity and not args.archive:
            raise ValueError("--integrity must come with --archive, got it alone. Pass both.")
        source = find_archive(args.archive, args.integrity) if args.archive else _here()
        files = create(target, source)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(_told(target, files, source))


def _here() -> Path:
    return Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]).resolve()


if __name__ == "__main__":
    main()
