"""Unpacks images and runs commands in them; the program behind NAME.run --in_image.

    container_main unpack FOLDER LAYOUT... --digest=sha256:… --layers=FOLDER
                                                                 files of an image for the command `run`
    container_main archive FILE LAYOUT... --digest=sha256:…      what an engine loads
    container_main run SPECIFICATION -- COMMAND...               ends with the command's exit code

It is a separate program because a pipeline's code must not see the modules that it imports, and
because only a process with a single thread may create namespaces.
"""

import argparse
import json
import sys
from pathlib import Path
from urllib.parse import quote

from container import Container, as_group_sees, make_mount_point
from oci_layout import Image, find_image


def main(arguments: list[str]) -> int:
    """Run the command in the first argument."""
    parser = argparse.ArgumentParser(prog="container_main", allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    unpack = commands.add_parser("unpack")
    unpack.add_argument("folder", type=Path)
    unpack.add_argument("layouts", type=Path, nargs="+")
    unpack.add_argument("--digest", required=True)
    unpack.add_argument("--layers", type=Path, help="stores the layers for other images")
    unpack.add_argument("--mount", type=Path, action="append", default=[])
    unpack.set_defaults(run=_unpack)
    archive = commands.add_parser("archive")
    archive.add_argument("file", type=Path)
    archive.add_argument("layouts", type=Path, nargs="+")
    archive.add_argument("--digest", required=True)
    archive.set_defaults(run=lambda o: find_image(o.layouts, o.digest).write_archive(o.file))
    run = commands.add_parser("run")
    run.add_argument("specification", type=Path)
    run.add_argument("command", nargs="+")
    run.set_defaults(run=_run)
    options = parser.parse_args(arguments)
    try:
        return options.run(options) or 0
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1


def _unpack(options: argparse.Namespace) -> int:
    """Write FOLDER/root, and FOLDER/image.json with the image's settings for the command `run`.

    A `--mount` is a path of this machine that containers see, unless the image has it itself.
    """
    image = find_image(options.layouts, options.digest)
    root = options.folder / "root"
    root.mkdir(parents=True)
    # Images that run as the same user see the files of their layers with the same rights.
    layers = options.layers and options.layers / quote(
        image.config["config"].get("User") or "0", ""
    )
    image.unpack(root, layers)
    _prepare(root)
    uid, gid = _user(image, root)
    if uid:
        as_group_sees(root)
    # This is done here and only once, because tasks may run in parallel.
    mounts = [path for path in options.mount if not (root / str(path).lstrip("/")).exists()]
    for path in mounts:
        if not path.is_relative_to("/tmp"):
            make_mount_point(root, str(path), path)
            _open_way(root, path)
    known = {
        "environment": image.environment(),
        "uid": uid,
        "gid": gid,
        "workdir": image.config["config"].get("WorkingDir") or "/",
        "mounts": [str(path) for path in mounts],
    }
    (options.folder / "image.json").write_text(json.dumps(known), encoding="utf-8")
    return 0 if Container(root, root / "tmp", {}, uid, gid, network=True).check() else 1


def _prepare(root: Path) -> None:
    """Create the files that a pod gets when it starts and that an image may lack."""
    for name in ("dev", "etc", "proc", "tmp"):
        (root / name).mkdir(exist_ok=True)
    for name in ("etc/hosts", "etc/resolv.conf"):
        (root / name).unlink(missing_ok=True)
        (root / name).touch()


def _open_way(root: Path, path: Path) -> None:
    """Let every user pass through the folders above a mount; /root, for one, is usually closed."""
    for parent in list((root / str(path).lstrip("/")).parents)[: len(path.parents) - 1]:
        parent.chmod(parent.stat().st_mode | 0o111)


def _user(image: Image, root: Path) -> tuple[int, int]:
    """Return the numbers of the image's user and group; names are looked up in its own files."""
    user, _, group = (image.config["config"].get("User") or "0").partition(":")
    entry = _entry(root / "etc/passwd", user)
    uid = int(user) if user.isdecimal() else int(entry[2])
    if not group:
        return uid, int(entry[3]) if entry else 0
    return uid, int(group) if group.isdecimal() else int(_entry(root / "etc/group", group)[2])


def _entry(file: Path, name: str) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    entries = [line.split(":") for line in lines]
    found = [entry for entry in entries if name in (entry[0], *entry[2:3])]
    if not found and not name.isdecimal():
        raise LookupError(f"the image's user must be one of its {file.name}, got {name!r}")
    return found[0] if found else []


def _run(options: argparse.Namespace) -> int:
    """Run the command in an unpacked image according to the specification."""
    known = json.loads(options.specification.read_text(encoding="utf-8"))
    container = Container(
        root=Path(known["root"]),
        tmp=Path(known["tmp"]),
        environment=known["environment"],
        uid=known["uid"],
        gid=known["gid"],
        workdir=known["workdir"],
        mounts={path: Path(source) for path, source in known["mounts"].items()},
        read_only=known["read_only"],
        network=True,
    )
    try:
        code = container.run(options.command).returncode
    except FileNotFoundError:
        print(f"{options.command[0]}: the image has no such program", file=sys.stderr)
        return 127
    # A shell reports the same code for a command that a signal has ended.
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
