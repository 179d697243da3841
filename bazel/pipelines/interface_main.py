"""Checks that a pipeline or component still offers what was released."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path


def _changes(released: Mapping, now: Mapping) -> Iterator[str]:
    """Yield every change that breaks those who use what was released."""
    for name, old in released["inputs"].items():
        new = now["inputs"].get(name)
        if new is None:
            yield f"input {name!r} is gone"
        elif new["type"] != old["type"]:
            yield f"input {name!r} was {old['type']}, is {new['type']}"
        elif old["optional"] and not new["optional"]:
            yield f"input {name!r} was optional, is required"
    for name, new in now["inputs"].items():
        if name not in released["inputs"] and not new["optional"]:
            yield f"input {name!r} is new and required"
    for name, old in released["outputs"].items():
        new = now["outputs"].get(name)
        if new is None:
            yield f"output {name!r} is gone"
        elif new["type"] != old["type"]:
            yield f"output {name!r} was {old['type']}, is {new['type']}"


def _major(interface: Mapping) -> int:
    return int(interface["version"].partition(".")[0] or 0)


def _failure(released: Mapping, now: Mapping, command: str) -> str:
    """Return why the interface may not be as it is now; empty if it may."""
    changes = list(_changes(released, now))
    if not changes or _major(now) > _major(released):
        return ""
    return "\n".join(
        [
            f"{now['name']} must keep the interface of version {released['version']}, but:",
            *(f"  {change}" for change in changes),
            f"Undo that, or raise the major version, which is {_major(now)}, and record: {command}",
        ]
    )


def main() -> str:
    """Return why the test fails; empty if it passes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", required=True)
    parser.add_argument("--now", type=Path, required=True)
    parser.add_argument("--released", type=Path)
    args = parser.parse_args()
    now = json.loads(args.now.read_text(encoding="utf-8"))
    if not args.released:
        return f"{now['name']} must have a recorded interface. Record it: {args.command}"
    released = json.loads(args.released.read_text(encoding="utf-8"))
    return _failure(released, now, args.command)


if __name__ == "__main__":
    sys.exit(main() or 0)
