"""Checks that a pipeline or component is still compatible with its released interface."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path


def _changes(released: Mapping, now: Mapping) -> Iterator[str]:
    """Yield every change that breaks users of the released interface."""
    if "components" not in released:
        yield from _port_changes(released, now)
        return
    for name, old in released["components"].items():
        new = now["components"].get(name)
        if new is None:
            yield f"component {name!r} is gone"
        else:
            yield from (f"{name}: {change}" for change in _port_changes(old, new))


def _port_changes(released: Mapping, now: Mapping) -> Iterator[str]:
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


def _numbers(interface: Mapping) -> tuple[int, int]:
    """Return the major and the minor version; both are missing if the module has no version."""
    major, _, rest = interface["version"].partition(".")
    return int(major or 0), int(rest.partition(".")[0] or 0)


def _may_break(released: Mapping, now: Mapping) -> bool:
    """Whether the version allows a change that breaks users.

    Source:
        Semantic Versioning 2.0.0, sections 4 and 8.
    """
    (old_major, old_minor), (major, minor) = _numbers(released), _numbers(now)
    return major > old_major or (major == old_major == 0 and minor > old_minor)


def _failure(released: Mapping, now: Mapping, command: str) -> str:
    """Return why the current interface is not allowed, or an empty text if it is."""
    changes = list(_changes(released, now))
    if not changes or _may_break(released, now):
        return ""
    part = "major" if _numbers(now)[0] else "minor"
    return "\n".join(
        [
            f"{now['name']} must keep the interface of version {released['version']}, but:",
            *(f"  {change}" for change in changes),
            f"Undo that, or raise the {part} version, which is now {now['version']}. When that "
            f"version is released, record its interface: {command}",
        ]
    )


def main() -> str:
    """Return why the test fails, or an empty text if it passes."""
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
