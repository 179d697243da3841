"""What `pip install kfp-component-lib` installs: as wheels in a folder, and served as an index."""

import contextlib
import functools
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.costs import run
from benchmarks.session import Session, runfile


def pins(workspace: Path, name: str = "requirements_lock.txt") -> str:
    """Return the locked versions as pip's constraints."""
    lock = (workspace / name).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^[a-z0-9._-]+==[^ ;\n]+", lock, re.MULTILINE)) + "\n"


def pip(*arguments: str | Path) -> list[str | Path]:
    """Return the command that runs the locked pip, without the other modules of this process."""
    return [sys.executable, runfile("PIP") / "pip", *arguments]


@functools.cache
def wheels(running: Session, extra: str = "") -> Path:
    """Return a folder with the library's wheel and the wheels of its locked requirements.

    Args:
        running: The session.
        extra: An extra of the library, such as `[trees]`, whose requirements are there too.
    """
    folder = running.folder("wheels")
    constraints = running.folder("constraints") / "constraints.txt"
    constraints.write_text(pins(running.workspace), encoding="utf-8")
    running.say("wheels: downloading them from pip's index")
    (own,) = runfile("WHEEL_DIST").glob("*.whl")
    options = ["--quiet", f"--constraint={constraints}", f"--wheel-dir={folder}"]
    run(pip("wheel", *options, f"{own}{extra}"))
    shutil.copy(runfile("PIP"), folder)
    return folder


@contextlib.contextmanager
def serve(folder: Path, running: Session) -> Iterator[str]:
    """Serve the wheels as a package index on 127.0.0.1; yield its address."""
    index = running.folder("index")
    for wheel in folder.glob("*.whl"):
        name = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
        (index / "simple" / name).mkdir(parents=True, exist_ok=True)
        os.link(wheel, index / "simple" / name / wheel.name)
    handler = functools.partial(_Quiet, directory=str(index))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves folders in the format that pip reads, without logging."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
