"""Reads a lock, and prints the requirements that apply to this interpreter as JSON.

Usage: lock.py REQUIREMENTS_LOCK
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name


def logical_lines(text: str) -> Iterator[str]:
    """The lines of a requirements file, joined where they continue, without comments."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line := re.sub(r"(^|\s)#.*", "", line).strip():
            yield line


def read(path: str) -> Iterator[dict[str, object]]:
    """The requirements that apply here, each with the line that pip shall see."""
    for line in logical_lines(Path(path).read_text(encoding="utf-8")):
        if line.startswith("-"):
            raise SystemExit(f"{path} must hold requirements only, got {line!r}. Drop the option.")
        spec, *hashes = re.split(r"\s+--hash=", line)
        requirement = Requirement(spec)
        if not hashes:
            raise SystemExit(f"{path} must have a hash for each file, got none for {spec}.")
        if requirement.marker and not requirement.marker.evaluate():
            continue
        requirement.marker = None
        yield {
            "name": canonicalize_name(requirement.name).replace("-", "_"),
            "extras": sorted(requirement.extras),
            "line": " --hash=".join([str(requirement), *hashes]),
        }


if __name__ == "__main__":
    print(json.dumps(list(read(sys.argv[1]))))
