"""Measures what this workspace claims, compared with its peers, and writes the report.

bazel run //benchmarks                       all suites
bazel run //benchmarks -- data image         some of them
bazel run //benchmarks -- --quick            only shows that everything works, in minutes
"""

import argparse
import os
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from benchmarks import chain, compile, data, growth, image, loop, machine, pod_start, report
from benchmarks.results import Result, write
from benchmarks.session import Session, session

_SUITES: dict[str, ModuleType] = {
    "loop": loop,
    "pod_start": pod_start,
    "compile": compile,
    "data": data,
    "image": image,
    "chain": chain,
    "growth": growth,
}
# A quick run proves nothing, so it does not replace results that do.
_FULL, _QUICK = "docs", "local_outputs"


def measure(name: str, running: Session) -> Result:
    """Run a suite."""
    suite = _SUITES[name]
    begin, load = datetime.now(UTC), os.getloadavg()[0]
    running.say(f"{name}: load average {load:.2f}")
    start = time.monotonic()
    cases, remarks = suite.measure(running)
    seconds = time.monotonic() - start
    date = begin.strftime("%Y-%m-%d %H:%M UTC")
    about = machine.describe()
    return Result(
        name,
        suite.TITLE,
        date,
        about,
        load,
        running.quick,
        seconds,
        cases,
        [suite.METHOD, *remarks],
    )


def run(name: str, running: Session, folder: Path) -> bool:
    """Run a suite and update the report; return whether it succeeded.

    A failure does not stop the other suites, because a full run takes long.
    """
    try:
        result = measure(name, running)
    except (RuntimeError, ValueError, OSError, subprocess.SubprocessError):
        traceback.print_exc()
        return False
    write(result, folder / "benchmarks" / f"{name}.json")
    report.write(folder / "benchmarks", folder / "benchmarks.md")
    running.say(f"{name}: {result.seconds:.0f} s; see {folder.name}/benchmarks.md")
    return True


def main() -> None:
    """Run the requested suites."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suites", nargs="*", metavar="suite", help=", ".join(_SUITES))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sizes")
    args = parser.parse_args()
    unknown = [name for name in args.suites if name not in _SUITES]
    if unknown:
        parser.error(f"suite must be one of {list(_SUITES)}, got {unknown[0]!r}.")
    names = args.suites or list(_SUITES)
    folder = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"], _QUICK if args.quick else _FULL)
    with session(args.quick) as running:
        minutes = sum(_SUITES[name].MINUTES[args.quick] for name in names)
        running.say(f"{', '.join(names)}: about {minutes:g} minutes on 2 cores")
        failed = [name for name in names if not run(name, running, folder)]
    if failed:
        sys.exit(f"every suite must succeed, got the errors above in: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
