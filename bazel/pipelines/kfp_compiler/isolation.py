"""Compiles in a fork, while this process handles the files that Bazel has declared.

A source may run arbitrary code when it is loaded, so none of it runs in this process.
"""

import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from kfp_compiler.archives import Archives
from kfp_compiler.compilation import write_definition
from kfp_compiler.declared_files import DeclaredFiles, find_interpreter, find_workspaces
from kfp_compiler.declared_imports import forbid_undeclared_imports
from kfp_compiler.errors import Words
from kfp_compiler.kfp_import import spread_kfp
from kfp_compiler.processes import TimeLimitError, run_alone
from kfp_compiler.reproducible import compile_reproducibly
from kfp_compiler.request import Request
from kfp_compiler.sources import copy_sources, import_roots
from kfp_compiler.traps.lines import Lines

# A compilation that does not end by itself is ended this long after its time limit.
_GRACE = 5


@dataclass(frozen=True)
class _Results:
    """The files that a fork leaves in a folder for its parent process.

    Attributes:
        folder: The folder.
        suffix: The suffix of the definition.
    """

    folder: Path
    suffix: str

    @property
    def definition(self) -> Path:
        return self.folder / f"definition{self.suffix}"

    @property
    def interface(self) -> Path:
        return self.folder / "interface.json"

    @property
    def failure(self) -> Path:
        return self.folder / "failure.txt"

    def make(self) -> None:
        """Create the files empty, so that they stay readable and writable if the umask changes."""
        self.folder.mkdir()
        for file in (self.definition, self.interface, self.failure):
            file.touch()


def compile_request(request: Request, folder: Path, archives: Archives) -> str | None:
    """Compile what is requested, and leave no output behind if that fails.

    Args:
        request: What to compile.
        folder: The folder to create for temporary files.
        archives: The finder that unpacks installed distributions.

    Returns:
        Why it failed, or None.
    """
    os.umask(0o022)
    folder.mkdir()
    try:
        return _compile_alone(request, folder, archives)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compile_alone(request: Request, folder: Path, archives: Archives) -> str | None:
    tree = folder / "tree"
    names = copy_sources(tree, request.files)
    words = Words(request.label, request.source, names, tree, archives.folder)
    results = _Results(folder / "results", Path(request.out).suffix)
    results.make()

    def work() -> None:
        _compile_in_fork(request, tree, results, archives, words)

    try:
        status = run_alone(work, request.time_limit + _GRACE)
    except TimeLimitError:
        return words.of_no_end(request.time_limit)
    if status:
        return words.of_status(status)
    if failure := results.failure.read_text(encoding="utf-8"):
        return failure
    return _publish(request, results, words)


def _publish(request: Request, results: _Results, words: Words) -> str | None:
    """Write either all outputs or none of them; return why there are none."""
    texts = {request.out: results.definition.read_text(encoding="utf-8")}
    if request.interface:
        texts[request.interface] = results.interface.read_text(encoding="utf-8")
    if not all(texts.values()):
        return words.of_status(0)
    for out, text in texts.items():
        Path(f"{out}.unfinished").write_text(text, encoding="utf-8")
    for out in texts:
        os.replace(f"{out}.unfinished", out)
    return None


def _compile_in_fork(
    request: Request, tree: Path, results: _Results, archives: Archives, words: Words
) -> None:
    """Compile, and write either the result or the reason of the failure."""
    _limit_time(request.time_limit)
    warnings.showwarning = _warn_by(words)
    _prepare(request, tree, archives)
    try:
        interface = write_definition(request, tree, results.definition, Lines(words.names))
        results.interface.write_text(interface, encoding="utf-8")
    except BaseException as error:  # noqa: BLE001 - a user's file may raise anything
        results.definition.write_text("", encoding="utf-8")
        results.failure.write_text(words.of_error(error), encoding="utf-8")


def _limit_time(seconds: int) -> None:
    """Raise an error at the line that is running when the time is up."""

    def stop(*_):
        raise TimeLimitError(seconds)

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


def _warn_by(words: Words) -> Callable:
    """Return a function that shows warnings with the paths that users know."""

    def show(message, category, filename, lineno, file=None, line=None):
        place = f"{words.names.get(filename, filename)}:{lineno}"
        print(f"{place}: {category.__name__}: {message}", file=sys.stderr)

    return show


def _prepare(request: Request, tree: Path, archives: Archives) -> None:
    """Give the source only the declared files, at the paths they have at run time."""
    compile_reproducibly()
    installed = archives.add(request.archives)
    loose = [root for root in request.roots if root not in archives.roots]
    roots = import_roots(tree, loose)
    _declare(request, tree, archives, roots).enforce()
    sys.path[:] = dict.fromkeys([*sys.path, *roots, *installed])
    if installed:
        spread_kfp()
    os.chdir(tree / request.source_path().partition("/")[0])
    os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(dir=tree.parent)
    forbid_undeclared_imports(tree, request.roots)


def _declare(
    request: Request, tree: Path, archives: Archives, roots: Iterable[str]
) -> DeclaredFiles:
    """Return the readable files: declared ones, the interpreter, and all outside of workspaces."""
    writable = (str(archives.folder), str(tree.parent))
    given = [*sys.path, *roots, *request.inputs()]
    loose = {os.path.realpath(path) for path in given if not path.startswith(writable)}
    return DeclaredFiles(
        label=request.label,
        hidden=find_workspaces(archives.files, {path.partition("/")[0] for path in request.files}),
        shown=(*find_interpreter(), *archives.files, *loose),
        writable=writable,
    )
