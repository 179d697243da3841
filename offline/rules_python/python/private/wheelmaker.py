"""Writes a wheel with exactly the bytes that rules_python's wheelmaker would write.

Usage: wheelmaker.py SPEC, a file that py_wheel.bzl writes from the attributes of the rule.
"""

import base64
import csv
import hashlib
import io
import json
import re
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.version import InvalidVersion, Version

EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = stat.S_IFREG | 0o777

Spec = dict[str, Any]


class Wheel(zipfile.ZipFile):
    """A wheel that is being written, and its RECORD."""

    def __init__(self, path: str, compress: bool) -> None:
        """Opens an empty wheel."""
        super().__init__(path, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)
        self._record: list[tuple[str, str, str]] = []

    def add(self, name: str, content: bytes) -> None:
        """Adds a generated file."""
        self.writestr(self._entry(name), content)
        self._note(name, content)

    def add_input(self, name: str, content: bytes) -> None:
        """Adds an existing file; such an entry allows for any size."""
        with self.open(self._entry(name), "w", force_zip64=True) as entry:
            entry.write(content)
        self._note(name, content)

    def add_record(self, name: str) -> None:
        """Adds the list of all files, which cannot contain its own hash."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*self._record, (name, "", "")])
        self.add(name, text.getvalue().encode())

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name.lstrip("/"), EPOCH)
        entry.create_system, entry.external_attr = 3, MODE << 16
        entry.compress_type = self.compression
        return entry

    def _note(self, name: str, content: bytes) -> None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self._record.append((name.lstrip("/"), f"sha256={digest}", str(len(content))))


def stamped(text: str, status_files: list[str]) -> str:
    """`text` with each `{KEY}` in the status files replaced by its value."""
    for path in status_files:
        for line in Path(path).read_text().splitlines():
            key, _, value = line.partition(" ")
            text = text.replace("{" + key + "}", value) if key else text
    return text


def normalized_version(text: str) -> str:
    """A PEP 440 version; keys without a value become 0 and are named in the local part."""
    label = re.sub(r"[^a-z0-9]+", ".", text.lower()).strip(".")
    guess = re.sub(r"\{\w+\}", "0", text)
    for candidate in (text, f"{guess}{'.' if '+' in guess else '+'}{label}"):
        try:
            return str(Version(candidate))
        except InvalidVersion:
            continue
    return str(Version(f"0+{label}"))


def requires_dist(text: str, condition: str) -> str:
    """A requirement as it is written in METADATA, with an additional condition if there is one."""
    requirement = Requirement(text.strip())
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    source = f" @ {requirement.url}" if requirement.url else str(requirement.specifier)
    marker = str(requirement.marker or "")
    if marker and condition:
        marker = f"({marker}) and {condition}"
    return f"{requirement.name}{extras}{source}" + "".join(
        f"; {m}" for m in [marker or condition] if m
    )


def from_lines(lines: list[str], condition: str) -> Iterator[str]:
    """Requirements from attributes: without a condition they are left as they were written."""
    for line in lines:
        text, _, marker = (f"{line}; {condition}" if condition else line).rpartition(";")
        yield requires_dist(text, marker.strip()) if text else line


def from_file(path: str, condition: str) -> Iterator[str]:
    """The requirements in a file, without its comments and options."""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.strip().startswith(("#", "-")):
            yield requires_dist(line.partition("#")[0], condition)


def requirement_headers(groups: list[Spec]) -> Iterator[tuple[str, str]]:
    """The METADATA fields for the requirements of a wheel, extra by extra."""
    for group in groups:
        extra = group["extra"]
        condition = f"extra == '{extra}'" if extra else ""
        if extra:
            yield "Provides-Extra", extra
        for requirement in from_lines(group["lines"], condition):
            yield "Requires-Dist", requirement
        for requirement in from_file(group["file"], condition) if group["file"] else ():
            yield "Requires-Dist", requirement


def metadata(spec: Spec, name: str, version: str) -> bytes:
    """The text of METADATA; a missing description becomes UNKNOWN, as in setuptools."""
    headers = [("Metadata-Version", "2.1"), ("Name", name), *spec["headers"]]
    headers += [*requirement_headers(spec["requirements"]), ("Version", version)]
    description = (
        Path(spec["description"]).read_text(encoding="utf-8") if spec["description"] else ""
    )
    fields = "".join(f"{key}: {value}\n" for key, value in headers)
    return f"{fields}\n{description or 'UNKNOWN'}\n".encode()


def wheel_file(spec: Spec, tag: str) -> bytes:
    """The text of WHEEL, with the real wheelmaker as the generator, so that bytes are equal."""
    pure = "true" if spec["platform"] == "any" else "false"
    return (
        "Wheel-Version: 1.0\nGenerator: bazel-wheelmaker 1.0\n"
        f"Root-Is-Purelib: {pure}\nTag: {tag}\n"
    ).encode()


def stem_of(name: str, version: str) -> str:
    """The prefix of the names of a wheel and of its folders."""
    return f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}"


def walk(name: str, source: Path) -> Iterator[tuple[str, Path]]:
    """A file, or the files in a folder in order."""
    if not source.is_dir():
        yield name, source
        return
    for child in sorted(source.iterdir()):
        yield from walk(f"{name}/{child.name}", child)


def archive_name(name: str, spec: Spec) -> str:
    """The path in the wheel: the first matching prefix is removed, and another one is added."""
    prefix = next((p for p in spec["strip_prefixes"] if name.startswith(p)), "")
    return spec["path_prefix"] + name.removeprefix(prefix)


def write(spec: Spec, wheel: Wheel, name: str, version: str, tag: str) -> None:
    """Adds all files of a wheel: packages first, and RECORD last."""
    stem = stem_of(name, version)
    for packaged, source in sorted(dict(spec["packaged"]).items()):
        for path, file in walk(packaged, Path(source)):
            inside = path if path.startswith(stem) else archive_name(path, spec)
            wheel.add_input(inside, file.read_bytes())
    wheel.add(f"{stem}.dist-info/WHEEL", wheel_file(spec, tag))
    wheel.add(f"{stem}.dist-info/METADATA", metadata(spec, name, version))
    if spec["entry_points"]:
        wheel.add_input(f"{stem}.dist-info/entry_points.txt", spec["entry_points"].encode())
    for folder, files in [("data", spec["data_files"]), ("dist-info", spec["distinfo_files"])]:
        for path, source in sorted(files):
            for inside, file in walk(f"{stem}.{folder}/{path}", Path(source)):
                wheel.add_input(inside, file.read_bytes())
    wheel.add_record(f"{stem}.dist-info/RECORD")


def main(spec_path: str) -> None:
    """Writes the wheel, and a file with its final name."""
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    name = stamped(spec["distribution"], spec["status"])
    version = normalized_version(stamped(spec["version"], spec["status"]))
    tag = "-".join([spec["python_tag"], spec["abi"], spec["platform"]])
    with Wheel(spec["out"], spec["compress"]) as wheel:
        write(spec, wheel, name, version, tag)
    Path(spec["name_file"]).write_text(f"{stem_of(name, version)}-{tag}.whl")


if __name__ == "__main__":
    main(sys.argv[1])
