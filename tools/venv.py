"""Creates .venv for an IDE: the locked dependencies, and the package importable from source."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.locked import locked_executable
from tools.package_index import pip_options, uv_environment

_VERSION = "3.13"
_GENERATED = Path("kfp_component_lib/_build_info.py")
_PTH = "kfp_component_lib.pth"


def find_python(environ: dict[str, str]) -> str | None:
    """Return the Python of this machine, or None if it has none.

    If Bazel runs in a toolbox with its own /usr, the launcher passes the machine's own Python in
    HOST_PYTHON, because a link to the toolbox's Python would be broken outside the toolbox.
    """
    host = environ.get("HOST_PYTHON")
    found = shutil.which(f"python{_VERSION}", path=environ.get("PATH")) if host is None else host
    if not found or not Path(found).exists():
        return found or None
    executable = ask(found)
    # A version manager without this version may start the toolbox's Python.
    strayed = (
        host and executable and executable.startswith("/usr/") and not host.startswith("/usr/")
    )
    return None if strayed else executable


def ask(python: str) -> str | None:
    """Return the executable that a Python, or the shim of a version manager, actually runs."""
    code = "import sys; assert sys.version_info[:2] == (3, 13); print(sys.executable)"
    asked = subprocess.run(
        [python, "-c", code],
        capture_output=True,
        check=False,
        env={**os.environ, "PYENV_VERSION": _VERSION},
        text=True,
    )
    return asked.stdout.strip() or None


def choose_python(wanted: str | None, environ: dict[str, str]) -> str:
    """Return the Python for the venv: a path, or a version that uv finds or downloads."""
    if wanted:
        found = ask(wanted) if shutil.which(wanted) else None
        if found:
            return found
        sys.exit(f"--python must be a Python {_VERSION}, got {wanted!r}. Pass the path of one.")
    found = find_python(environ)
    if not found and "HOST_PYTHON" in environ:
        print(
            f"venv: this machine has no python{_VERSION} outside the toolbox, so .venv runs only in"
            " the toolbox. Install one or pass --python, and run this again.",
            file=sys.stderr,
        )
    return found or _VERSION


def uv(*arguments: str, root: Path) -> None:
    """Run uv in the workspace, and stop if it fails."""
    command = [str(locked_executable("uv")), "--no-config", "--quiet", *arguments]
    environment = uv_environment(pip_options(), os.environ)
    status = subprocess.run(command, cwd=root, env=environment, check=False).returncode
    if status:
        sys.exit(
            f"venv must be complete, but uv failed with exit status {status}. Fix the error and run "
            "it again."
        )


def make(venv: Path, python: str, root: Path, lock: Path = Path("requirements_lock.txt")) -> None:
    """Create a venv with the distributions of a lock of the workspace, replacing an old one.

    A Python in a /usr that the toolbox hides cannot run here, so the toolbox's Python replaces it.
    """
    hidden = os.sep in python and not Path(python).exists()
    uv("venv", "--clear", "--python", _VERSION if hidden else python, str(venv), root=root)
    uv("pip", "sync", "--require-hashes", "--python", str(venv), str(root / lock), root=root)
    if hidden:
        link(venv, Path(python))


def link(venv: Path, python: Path) -> None:
    """Point the venv at another Python of the same version."""
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to(python)
    config = venv / "pyvenv.cfg"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"(?m)^home = .*$", f"home = {python.parent}", text), "utf-8")


def import_from_source(root: Path, venv: Path) -> None:
    """Put the workspace on the path of the venv, and the generated module beside the sources."""
    (site_packages,) = venv.glob("lib/python*/site-packages")
    (site_packages / _PTH).write_text(f"{root}\n", encoding="utf-8")
    generated = root / _GENERATED
    generated.unlink(missing_ok=True)
    generated.write_bytes(_GENERATED.read_bytes())


def main() -> None:
    """Create the venv, replacing an old one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help=f"a Python {_VERSION} (default: the one on PATH)")
    parser.add_argument("--path", type=Path, default=Path(".venv"), help="default: %(default)s")
    args = parser.parse_args()
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    venv = root / args.path
    make(venv, choose_python(args.python, dict(os.environ)), root)
    import_from_source(root, venv)
    print(f"{venv}: locked dependencies, and kfp_component_lib from source; use {venv}/bin/python")


if __name__ == "__main__":
    main()
