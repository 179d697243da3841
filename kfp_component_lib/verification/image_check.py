"""Compares the files of an image with the wheel that is installed in it."""

import base64
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kfp_component_lib.verification import bytecode_check
from kfp_component_lib.verification.container_files import ContainerFiles, File, Folder, Node
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.pythons import find_python

Files = Mapping[str, bytes]
_WHEEL_FILES = 50_000
_WHEEL_LIMIT = 1 << 30  # bytes, unpacked
_SECONDS = 300
# Files that an installer adds to those of the wheel.
_INSTALLERS = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")
_RELEASE = re.compile(r"\d+\.\d+\.\d+\w*")
_COMPILED = re.compile(
    r"(?P<folder>.*/)__pycache__/(?P<name>[^/]+)\.cpython-3(?P<minor>\d{1,2})\.pyc"
)


class Installed(NamedTuple):
    """What of the wheel an image holds: whether all of it, and the paths of the wheel's files."""

    whole: bool
    files: frozenset[str]


def wheel_files(content: bytes) -> dict[str, bytes]:
    """Return the files of a wheel, by their paths in site-packages, without RECORD.

    Raises:
        DeliveryError: If it is not a wheel, is too large, or contains a path twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            names = [entry.filename for entry in entries]
            size = sum(entry.file_size for entry in entries)
            if len(names) > _WHEEL_FILES or size > _WHEEL_LIMIT or len(set(names)) < len(names):
                raise DeliveryError(
                    f"a wheel must have at most {_WHEEL_FILES:,} files, each once, and "
                    f"{_WHEEL_LIMIT:,} bytes unpacked, got {len(names):,} files, {size:,} bytes."
                )
            found = {entry.filename: archive.read(entry) for entry in entries}
    except (OSError, RuntimeError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DeliveryError(f"the wheel must be a zip archive, got {str(error)!r}.") from None
    return {name: data for name, data in found.items() if not name.endswith(".dist-info/RECORD")}


def check_installed(
    files: ContainerFiles, path: str, wheel: Files, compiler: str | None = None
) -> Installed:
    """Check that a container imports exactly the files of the wheel, or some of its modules.

    If the wheel's metadata is in the image, the whole wheel is installed. The image of a component
    has no metadata, and only the modules that the component imports.

    Args:
        files: The container's files.
        path: The PYTHONPATH of the container.
        wheel: The files of the wheel.
        compiler: The version of Python that compiled them, according to the bill, for advice.

    Returns:
        What is installed.

    Raises:
        DeliveryError: If a file is missing, changed, replaced by a link or shadowed by others, if
            there are other files beside them, or if bytecode is not the result of compiling them.
    """
    tops = {name.partition("/")[0] for name in wheel}
    metadata = {top for top in tops if top.endswith(".dist-info")}
    whole = any(at.rpartition("/")[2] in metadata for at, _ in files.walk())
    tops = tops if whole else tops - metadata
    site = _site_packages(files, path, tops)
    found = dict(_regular_files(files, site, tops))
    if not whole:
        wheel = {name: content for name, content in wheel.items() if name in found}
    compiled = {name: data for name, data in found.items() if _source_of(name) in wheel}
    wrong = sorted(_differences({n: d for n, d in found.items() if n not in compiled}, wheel))
    if wrong:
        raise DeliveryError(
            f"{site} in the image must hold the files of the wheel and no others, got "
            f"{', '.join(wrong[:5])}{' …' if len(wrong) > 5 else ''}."
        )
    _check_compiled(site, wheel, compiled, compiler)
    return Installed(whole, frozenset(wheel))


def _site_packages(files: ContainerFiles, path: str, tops: set[str]) -> str:
    """Return the single folder with the wheel's packages, which must be on PYTHONPATH."""
    places = sorted(at for at, _ in files.walk() if _is_one_of(at, tops))
    sites = [folder for folder in path.split(":") if folder.startswith("/")]
    for site in sites:
        if places == sorted(f"{site}/{top}" for top in tops):
            return site
    raise DeliveryError(
        f"{', '.join(sorted(tops))} must lie in one folder of PYTHONPATH, {path!r}, and nowhere "
        f"else, got {places}."
    )


def _is_one_of(path: str, tops: set[str]) -> bool:
    """Return whether Python would import a path as a package: NAME, NAME.py or NAME.*.so."""
    name = path.rpartition("/")[2]
    return name in tops or (name.partition(".")[0] in tops and not name.endswith(".dist-info"))


def _regular_files(files: ContainerFiles, site: str, tops: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files in the wheel's packages, which must not contain links or special files."""
    for top in sorted(tops):
        node = files.find(f"{site}/{top}")
        waiting: list[tuple[str, Node | None]] = [(top, node)]
        while waiting:
            name, node = waiting.pop()
            if isinstance(node, Folder):
                waiting += [(f"{name}/{below}", at) for below, at in node.entries.items()]
            elif isinstance(node, File):
                yield name, node.read()
            elif node is not None:
                raise DeliveryError(f"{site}/{name} in the image must be a file, got a link.")


def _source_of(name: str) -> str | None:
    """Return the module whose bytecode a path holds, or None if the path holds no bytecode."""
    match = _COMPILED.fullmatch(name)
    return f"{match['folder']}{match['name']}.py" if match else None


def _differences(found: Files, wheel: Files) -> Iterator[str]:
    for name in found.keys() | wheel.keys():
        file = name.partition(".dist-info/")[2]
        if name not in wheel:
            if not file or file not in _INSTALLERS:
                yield f"{name}, which is not in the wheel"
        elif name not in found:
            yield f"no {name}"
        elif found[name] != wheel[name]:
            yield f"another {name}"


def _check_compiled(site: str, wheel: Files, compiled: Files, compiler: str | None) -> None:
    by_version: dict[str, list[list[str]]] = {}
    for name, content in sorted(compiled.items()):
        match = _COMPILED.fullmatch(name)
        assert match
        source = f"{match['folder']}{match['name']}.py"
        encoded = [base64.b64encode(data).decode() for data in (wheel[source], content)]
        by_version.setdefault(f"3.{match['minor']}", []).append([f"{site}/{source}", *encoded])
    for version, modules in by_version.items():
        python = _python(version, compiler)
        if wrong := _wrongly_compiled(python, modules):
            raise DeliveryError(
                f"bytecode in the image must be what {python} compiles the wheel's modules to, got "
                f"different bytecode for {', '.join(wrong[:3])}{' …' if len(wrong) > 3 else ''}. "
                f"{_advice(compiler)}"
            )


def _wrongly_compiled(python: str, modules: list[list[str]]) -> list[str]:
    """Return the modules whose bytecode differs from what a Python compiles them to."""
    command = [python, "-I", "-S", "-B", "-X", "no_debug_ranges", bytecode_check.__file__]
    done = subprocess.run(
        command,
        input=json.dumps(modules),
        capture_output=True,
        check=False,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        return [f"one of {len(modules)} modules, on which Python exited with {done.returncode}"]
    return list(json.loads(done.stdout))


def _python(version: str, compiler: str | None) -> str:
    found = find_python(version, compiler, os.environ.get("PATH", os.defpath))
    if not found:
        raise DeliveryError(
            f"python{version} must be on PATH and run, to compare the bytecode in the image, but "
            f"only Python {'{}.{}'.format(*sys.version_info)} was found. {_advice(compiler)}"
        )
    return found


def _advice(compiler: str | None) -> str:
    """Return advice on which Python to use, since each release compiles a little differently."""
    if compiler is None or not _RELEASE.fullmatch(compiler):
        return "Run the verification with the Python version that compiled it."
    return (
        f"Its bill says that Python {compiler} compiled it. To compare with that: "
        f'uvx --python {compiler} --from "kfp-component-lib[verify]" verify-kfp-component-lib …'
    )
