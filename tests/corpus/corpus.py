"""Reports what every component does with every file below a folder.

    bazel run //tests:corpus -- DIR

The exit code is 1 if something is wrong. Each file is read in a separate process, so that a crash,
or a file that takes longer than the limit, is also reported.
"""

import argparse
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from judge import DUCKDB, RIGHT, UNCONFIRMED, WRONG, Verdict, judge

from tools.venv import choose_python, make

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "kfp-component-lib")
_LOCK = Path("tools", "duckdb", "requirements_lock.txt")


def main() -> int:
    """Judge the files, print the table and the problems, and return 1 if there are any."""
    args = _parser().parse_args()
    folder = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ".")) / args.folder
    os.environ[DUCKDB] = os.environ.get(DUCKDB) or _reader()
    counts: dict[str, Counter[str]] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        for verdict in _judged(path, args.only, args.seconds):
            counts.setdefault(verdict.component, Counter())[verdict.outcome] += 1
            if args.verbose or verdict.outcome in (WRONG, UNCONFIRMED):
                shown = f"{path.relative_to(folder)}: {verdict.component}: {verdict.outcome}"
                print(f"{shown}: {verdict.detail}", flush=True)
    print("\n".join(_table(counts)))
    return int(any(found[WRONG] for found in counts.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--verbose", action="store_true", help="print every message")
    parser.add_argument("--only", nargs="*", default=(), help="components to run, besides loading")
    parser.add_argument(
        "--seconds", type=int, default=600, help="for a file (default: %(default)s)"
    )
    return parser


def _reader() -> str:
    """Make a venv with DuckDB, and return its Python."""
    venv = _CACHE / "duckdb"
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    make(venv, choose_python(None, dict(os.environ)), root, _LOCK)
    return str(venv / "bin" / "python")


def _judged(path: Path, names: Sequence[str], seconds: int) -> list[Verdict]:
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            return pool.submit(judge, path, names).result(seconds)
        except BrokenProcessPool:
            return [Verdict("load_tabular_dataset", WRONG, "the process ended")]
        except TimeoutError:
            for process in pool._processes.values():
                process.kill()
            return [Verdict("load_tabular_dataset", WRONG, f"not done after {seconds} s")]


def _table(counts: dict[str, Counter[str]]) -> Iterator[str]:
    outcomes = (RIGHT, "DataError", UNCONFIRMED, WRONG)
    yield ""
    yield f"| {'component':24} | {' | '.join(outcomes)} |"
    yield f"|{'---|' * (len(outcomes) + 1)}"
    for component, found in counts.items():
        yield f"| {component:24} | {' | '.join(str(found[outcome]) for outcome in outcomes)} |"


if __name__ == "__main__":
    raise SystemExit(main())
