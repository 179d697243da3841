"""Puts the wheel for requirement.txt into this folder, from this machine's cache or through pip.

Wheels are cached by their hash, separately for each Python version, because another version may
need another file for the same requirement. A wheel that pip had to build has no hash in the lock
and is not cached.

Usage: fetch.py [ARGUMENT OF PIP…]
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENT = Path("requirement.txt")


def kept_wheels() -> Path:
    """The folder with the cached wheels for this interpreter's version."""
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    version = "{}.{}".format(*sys.version_info)
    return Path(caches).expanduser() / "kfp-component-lib" / "wheels" / version


def sha256(file: Path) -> str:
    """The hash of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def find(hashes: list[str]) -> Path | None:
    """The cached wheel with one of these hashes, if it is intact."""
    for wanted in hashes:
        for wheel in (kept_wheels() / wanted).glob("*.whl"):
            if sha256(wheel) == wanted:
                return wheel
    return None


def keep(wheel: Path) -> None:
    """Adds a wheel to the cache atomically, so concurrent readers never see part of it."""
    folder = kept_wheels() / sha256(wheel)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{wheel.name}.{os.getpid()}"
    shutil.copyfile(wheel, part)
    part.replace(folder / wheel.name)


def download(arguments: list[str]) -> None:
    """Has pip download or build the wheel, and check the hash of a download."""
    options = ["--quiet", "wheel", "--no-deps", "--require-hashes", "--wheel-dir=."]
    pip = [sys.executable, "-I", "-B", "-m", "pip", *options]
    status = subprocess.run(
        [*pip, f"--requirement={REQUIREMENT}", *arguments], check=False
    ).returncode
    if status:
        raise SystemExit(status)


def main(arguments: list[str]) -> None:
    """Leaves exactly one wheel in this folder."""
    hashes = re.findall(r"--hash=sha256:(\w+)", REQUIREMENT.read_text(encoding="utf-8"))
    if kept := find(hashes):
        shutil.copyfile(kept, kept.name)
        return
    download(arguments)
    (wheel,) = Path().glob("*.whl")
    if sha256(wheel) in hashes:
        keep(wheel)


if __name__ == "__main__":
    main(sys.argv[1:])
