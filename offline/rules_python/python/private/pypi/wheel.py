"""Unpacks the wheel in this folder with rules_python's layout, and prints its requirements as JSON.

Usage: wheel.py [EXTRA…]
"""

import compileall
import json
import os
import py_compile
import re
import shutil
import sys
import zipfile
from importlib.metadata import Distribution, distributions
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

SITE_PACKAGES = Path("site-packages")

# rules_python writes this into INSTALLER; with it, a distribution in an image has the same bytes.
INSTALLER = "https://github.com/bazel-contrib/rules_python#pipstar"

# The destination of each scheme in a wheel's .data folder.
SCHEMES = {
    "data": Path("data"),
    "headers": Path("include"),
    "platlib": SITE_PACKAGES,
    "purelib": SITE_PACKAGES,
    "scripts": Path("bin"),
}


def unpack(wheel: Path) -> None:
    """Unpacks a wheel. Executable files stay executable."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, SITE_PACKAGES)
            if entry.external_attr >> 16 & 0o111 and not entry.is_dir():
                os.chmod(path, 0o755)
    for info in SITE_PACKAGES.glob("*.dist-info"):
        (info / "INSTALLER").write_text(INSTALLER, encoding="utf-8")
    for data in SITE_PACKAGES.glob("*.data"):
        for scheme in data.iterdir():
            shutil.copytree(scheme, SCHEMES[scheme.name], dirs_exist_ok=True)
        shutil.rmtree(data)


def rewrite_shebangs() -> None:
    """Replaces the interpreter `python` in scripts by python3, which exists."""
    for script in SCHEMES["scripts"].glob("*"):
        content = script.read_bytes()
        if content.startswith(b"#!python"):
            script.write_bytes(content.replace(b"#!python", b"#!/usr/bin/env python3", 1))
        script.chmod(0o755)


def precompile() -> None:
    """Compiles the modules once for all tests, except those of a distribution's own tests.

    A source that is not valid Python, such as a template, gets no bytecode.
    """
    compileall.compile_dir(
        SITE_PACKAGES,
        maxlevels=64,
        quiet=2,
        rx=re.compile(r"/tests?/"),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def required(distribution: Distribution, extras: list[str]) -> list[str]:
    """The names of the distributions that a distribution requires here, except itself."""
    found = set()
    for text in distribution.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if not marker or any(marker.evaluate({"extra": extra}) for extra in ["", *extras]):
            found.add(canonicalize_name(requirement.name))
    found.discard(canonicalize_name(distribution.metadata["Name"]))
    return sorted(name.replace("-", "_") for name in found)


def main(extras: list[str]) -> None:
    """Unpacks the only wheel in this folder."""
    (wheel,) = Path().glob("*.whl")
    unpack(wheel)
    rewrite_shebangs()
    precompile()
    (distribution,) = distributions(path=[str(SITE_PACKAGES)])
    summary = {
        "wheel": wheel.name,
        "name": distribution.metadata["Name"],
        "version": distribution.version,
        "requires": required(distribution, extras),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main(sys.argv[1:])
