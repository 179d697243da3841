"""Writes a base image of the other shape, in which Python moves from /usr to /usr/local or back.

Docker's official Python images have Python below /usr/local. It comes from no Debian package, and
has pip; annotations say where the image comes from. Debian's own Python is below /usr, comes from
packages, and has no pip. From a base of one shape this program makes a base of the other. So the
image is tested on both shapes, whichever of them the build has pulled, and no second base has to be
pulled. The layers of the given base stay as they are; one or two layers on top of them move Python.
"""

import argparse
import copy
import ensurepip
import gzip
import hashlib
import io
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from layout_writer import Json, blob, named, read_json, write_blob, write_index, write_json
from layout_writer import link as link_file
from oci_layout import Image, members

_PYTHON = (
    "bin/*python*", "bin/idle*", "bin/pip*", "bin/pydoc*", "include/python3*/**", "lib/libpython3*",
    "lib/pkgconfig/python*", "lib/python3.*/**",
)  # fmt: skip
_LEFT_OUT = re.compile(r"bin/pip|ensurepip/|site-packages/pip[/-]|EXTERNALLY-MANAGED")
_DEBIAN = (
    "etc/python3*/**", "usr/bin/py3*", "usr/lib/python3/**", "usr/share/*/*python3*", "usr/share/*/*python3*/**",
    "usr/share/python3/**", "var/lib/dpkg/info/*python3*",
)  # fmt: skip
_PACKAGE = re.compile(r"Package: (lib)?python3")
_STATUS = "var/lib/dpkg/status"
_NAME = "org.opencontainers.image."

Member = tuple[tarfile.TarInfo, bytes]

# Docker's official images have such annotations on manifest and index, but with other URLs.
_ANNOTATIONS = {
    "com.docker.official-images.bashbrew.arch": "amd64",
    _NAME + "base.digest": "sha256:" + "b" * 64,
    _NAME + "base.name": "debian:trixie-slim",
    _NAME + "created": "2025-06-12T00:00:00Z",
    _NAME + "revision": "c" * 40,
    _NAME + "source": "https://example.org/python.git#3.13/slim-trixie",
    _NAME + "url": "https://example.org/_/python",
    _NAME + "version": "3.13-slim",
}
# An image keeps `maintainer` but drops what describes only its base; real bases have both kinds.
_LABELS = {
    _NAME + "ref.name": "debian",
    _NAME + "revision": "c" * 40,
    _NAME + "version": "3.13-slim",
    "maintainer": "the base's",
}


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Return whether one of the globs matches the path."""
    return any(PurePosixPath(path).full_match(pattern) for pattern in patterns)


class Base:
    """A base image, and the folders of its Python.

    Attributes:
        image: The base image.
        prefix: The folder below which its Python is, usr or usr/local.
        other: The folder below which the other shape has Python.
        library: The folder of the standard library, relative to the prefix.
        version: The version of Python.
    """

    def __init__(self, layout: Path):
        """Find the standard library and the version of Python."""
        self.image = Image(layout)
        found = {match[1]: match[2] for path in self.image.files
                 if (match := re.fullmatch(r"(usr|usr/local)/(lib/python3\.\d+)/os\.py", path))}  # fmt: skip
        ((self.prefix, self.library),) = found.items()
        self.other = "usr" if self.prefix == "usr/local" else "usr/local"
        self._package = self.library.removeprefix("lib/")
        self._status = self.image.read(_STATUS)[_STATUS].decode()
        self.version = self.image.environment().get("PYTHON_VERSION") or self._packaged()

    def _packaged(self) -> str:
        wanted = rf"^Package: {self._package}\n(?:.+\n)*?Version: ([\d.]+)"
        return re.search(wanted, self._status, re.MULTILINE)[1]

    def python(self) -> Iterator[Member]:
        """Yield each file of Python with its content, under its path in the base."""
        patterns = tuple(f"{self.prefix}/{pattern}" for pattern in _PYTHON)
        for layer in self.image.layers:
            with tarfile.open(layer) as tar:
                for member in tar:
                    member.name = str(PurePosixPath(member.name.removeprefix("./")))
                    if member.name in self.image.files and matches(member.name, patterns):
                        yield member, tar.extractfile(member).read() if member.isfile() else b""

    def gone(self) -> set[str]:
        """Return the paths of files and of whole folders that the other shape does not have."""
        patterns = tuple(f"{self.prefix}/{pattern}" for pattern in _PYTHON)
        files = {p for p in self.image.files if matches(p, (*patterns, *_DEBIAN))}
        there = {member.name for layer in self.image.layers for member in members(layer)}
        whole = there & {f"{self.prefix}/{self.library}", "usr/lib/python3", "usr/share/python3"}
        return whole | {p for p in files if not any(p.startswith(f"{f}/") for f in whole)}

    def status(self) -> bytes:
        """Return the status file of dpkg for the other shape, with or without Python's packages."""
        paragraphs = self._status.strip().split("\n\n")
        kept = [text for text in paragraphs if not _PACKAGE.match(text)]
        if self.other == "usr":
            kept.append(
                f"Package: {self._package}\nStatus: install ok installed\n"
                f"Architecture: {self.image.config['architecture']}\nVersion: {self.version}-1"
            )
        return "".join(f"{text}\n\n" for text in kept).encode()


def file(path: str, content: bytes, mode: int = 0o644) -> Member:
    """Return a file that belongs to root and has the modification time 0."""
    info = tarfile.TarInfo(path)
    info.size, info.mode = len(content), mode
    return info, content


def link(path: str, target: str) -> Member:
    """Return a symbolic link."""
    info = tarfile.TarInfo(path)
    info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
    return info, b""


def moved(base: Base) -> Iterator[Member]:
    """Yield Python without its installers, under the paths that it has in the other shape."""
    for info, content in base.python():
        if _LEFT_OUT.search(info.name) or info.linkname.startswith("/"):
            continue
        info = copy.copy(info)
        info.name = f"{base.other}/{info.name.removeprefix(f'{base.prefix}/')}"
        if info.islnk():
            linked = str(PurePosixPath(info.linkname.removeprefix("./")))
            info.linkname = f"{base.other}/{linked.removeprefix(f'{base.prefix}/')}"
        yield info, content


def installer(base: Base, wheel: Path) -> Iterator[Member]:
    """Yield pip and ensurepip under the paths that they have in Docker's images."""
    library = f"{base.other}/{base.library}"
    # Only Debian's Python looks for packages in a folder of this name.
    yield link(f"{library}/dist-packages", "site-packages")
    with zipfile.ZipFile(wheel) as pip:
        for name in pip.namelist():
            yield file(f"{library}/site-packages/{name}", pip.read(name))
    folder = Path(ensurepip.__file__).parent
    for path in sorted(folder.glob("*.py")):
        yield file(f"{library}/ensurepip/{path.name}", path.read_bytes())
    yield file(f"{library}/ensurepip/_bundled/{wheel.name}", wheel.read_bytes())
    script = f"#!/{base.other}/bin/python3\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
    yield file(f"{base.other}/bin/pip3", script.encode(), 0o755)


def whiteout(path: str) -> Member:
    """Return the whiteout file that hides `path` in the layers below."""
    there = PurePosixPath(path)
    return file(str(there.with_name(f".wh.{there.name}")), b"")


def layers(base: Base, wheel: Path) -> Iterator[list[Member]]:
    """Yield the layers that turn the base into one of the other shape."""
    gone = [whiteout(path) for path in sorted(base.gone())]
    yield [*gone, file(_STATUS, base.status()), *moved(base)]
    if base.other == "usr/local":
        links = {"python": "python3", "pip": "pip3"}
        friendly = [link(f"{base.other}/bin/{name}", to) for name, to in links.items()]
        yield [*friendly, *installer(base, wheel)]


def packed(entries: list[Member]) -> bytes:
    """Return a tar archive of the entries."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def diff_id(tar: bytes) -> str:
    """Return the digest by which an image configuration refers to a layer."""
    return f"sha256:{hashlib.sha256(tar).hexdigest()}"


def described(base: Base, manifest: Json, config: Json) -> None:
    """Give the manifest and the configuration the metadata that the other shape has."""
    settings = config["config"]
    environment = base.image.environment()
    for name in "GPG_KEY", "LANG", "PYTHON_SHA256", "PYTHON_VERSION":
        environment.pop(name, None)
    manifest.pop("annotations", None)
    settings.pop("Labels", None)
    if base.other == "usr/local":
        environment |= {"PATH": f"/usr/local/bin:{environment['PATH']}", "LANG": "C.UTF-8",
                        "GPG_KEY": "0" * 40, "PYTHON_VERSION": base.version, "PYTHON_SHA256": "0" * 64}  # fmt: skip
        manifest["annotations"] = _ANNOTATIONS
        settings["Labels"] = _LABELS
    settings["Env"] = [f"{name}={value}" for name, value in environment.items()]
    settings["Cmd"] = ["python3"]


def main(argv: list[str]) -> None:
    """Write the image layout of the new base."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--pip", type=Path, required=True)
    args = parser.parse_args(argv)
    base = Base(args.base)
    descriptor = named(args.base)
    manifest = read_json(args.base, descriptor)
    config = read_json(args.base, manifest["config"])
    for layer in manifest["layers"]:
        link_file(args.out, layer["digest"], blob(args.base, layer["digest"]))
    for entries in layers(base, args.pip):
        tar = packed(entries)
        content = gzip.compress(tar, 6, mtime=0)
        kind = manifest["layers"][0]["mediaType"]
        manifest["layers"].append(write_blob(args.out, kind, content))
        config["rootfs"]["diff_ids"].append(diff_id(tar))
        config.setdefault("history", []).append({"created_by": "RUN mv"})
    described(base, manifest, config)
    manifest["config"] = write_json(args.out, manifest["config"]["mediaType"], config)
    write_index(args.out, write_json(args.out, descriptor["mediaType"], manifest))


if __name__ == "__main__":
    main(sys.argv[1:])
