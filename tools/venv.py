"""Makes .venv for an IDE: the locked dependencies, and the package importable from source."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.locked import locked_executable
from tools.package_index import pip_options, uv_environment

_VERSION = "3.13"
_GENERATED = Path("kfp_component_lib/_build_info.py")
_PTH = "kfp_component_lib.pth"


def host_python() -> str:
    """Return the interpreter to link to: this machine's, else whatever uv finds or fetches.

    Where Bazel runs in a toolbox with a /usr of its own, its launcher says in HOST_PYTHON which
    interpreter the machine itself has; there, one of the toolbox would be a dead link.
    """
    found = os.environ.get("HOST_PYTHON", shutil.which(f"python{_VERSION}"))
    if found == "":
        print(
            f"venv: this machine has no python{_VERSION} of its own; .venv will run in the toolbox"
            " only. Install one, or pass --python, and run this again.",
            file=sys.stderr,
        )
    return found or _VERSION


def interpreter(python: str) -> str:
    """Return what a version manager's shim starts; any other name stays as it is."""
    if os.sep not in python:
        return python
    code = "import sys; assert sys.version_info[:2] == (3, 13), sys.version; print(sys.executable)"
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    if asked.returncode:
        sys.exit(
            f"--python must start Python {_VERSION}, got {python!r}. {asked.stderr.strip()}"
            f" Pass --python PATH of a Python {_VERSION}."
        )
    return asked.stdout.strip()


def uv(*arguments: str, root: Path) -> None:
    """Run uv in the workspace; stop where it fails."""
    command = [str(locked_executable("uv")), "--no-config", "--quiet", *arguments]
    environment = uv_environment(pip_options(), os.environ)
    status = subprocess.run(command, cwd=root, env=environment, check=False).returncode
    if status:
        sys.exit(
            f"venv must be complete, got exit status {status} of uv. See above, and run again."
        )


def import_from_source(root: Path, venv: Path) -> None:
    """Put the workspace on the venv's path, and beside the sources what the build generates."""
    (site_packages,) = venv.glob("lib/python*/site-packages")
    (site_packages / _PTH).write_text(f"{root}\n", encoding="utf-8")
    shutil.copyfile(_GENERATED, root / _GENERATED)
    (root / _GENERATED).chmod(0o644)


def main() -> None:
    """Make the venv anew, or bring the one that is there up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help=f"a Python {_VERSION} (default: the one on PATH)")
    parser.add_argument("--path", type=Path, default=Path(".venv"), help="default: %(default)s")
    args = parser.parse_args()
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    venv = root / args.path
    python = interpreter(args.python or host_python())
    uv("venv", "--allow-existing", "--python", python, str(venv), root=root)
    lock = str(root / "requirements_lock.txt")
    uv("pip", "sync", "--require-hashes", "--python", str(venv), lock, root=root)
    import_from_source(root, venv)
    print(f"{venv}: locked dependencies, and kfp_component_lib from source; use {venv}/bin/python")


if __name__ == "__main__":
    main()
