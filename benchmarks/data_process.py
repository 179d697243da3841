"""What all ways of the data suite share: the work in figures, and how its cost is measured.

Each library has a module of its own, which is run in a process of its own, so that no process
imports what it does not use. Those of the peers do not import this project's library.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Work = Callable[[Path, int], object]

NAMES = ["y", "x1", "x2", "x3"]
FEATURES = NAMES[1:]
# The rules: x1 lies in this range, and y and x1 have no null.
LOW, HIGH = -10, 10
QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
SIZES = [0.8, 0.1, 0.1]
BARS = 40
# What a model and a transform say, which were learned from another table.
WEIGHTS, INTERCEPT = [0.5, -1.0, 2.0], 0.1
MEAN, DEVIATION = 0.01, 1.01
CLASSIFIED = ["y", "prediction", "probability=1"]
# Where this library has bins instead of all values, so have its peers, of equal width.
BINS, SCORE_BINS = 8192, 131_072
FIGURES = "figures.json"
REGRESSION_METRICS = [
    "mean_error",
    "mean_absolute_error",
    "root_mean_squared_error",
    "max_absolute_error",
    "r2",
]


def parts(folder: Path) -> list[Path]:
    """Return the outputs of a split."""
    return [folder / f"part{number}.parquet" for number in range(len(SIZES))]


def write_figures(folder: Path, figures: Mapping[str, object]) -> None:
    """Write the figures that a way has computed; all ways name them alike."""
    (folder / FIGURES).write_text(json.dumps(figures), encoding="utf-8")


def resident(field: str = "VmRSS") -> int:
    """Return the resident memory in bytes; VmHWM is the largest so far, not that of the parent."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status must contain {field}, but does not. Run on Linux.")


def processor_time() -> float:
    """Return the processor time of all threads of this process in seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def without_outputs(folder: Path) -> None:
    """Remove the outputs of an earlier run, as a task begins without them."""
    for out in [folder / "out.parquet", folder / FIGURES, *parts(folder)]:
        out.unlink(missing_ok=True)


def measure(work: Work, rows: int, folder: Path) -> dict[str, float]:
    """Do the work once, and return its cost."""
    without_outputs(folder)
    cpu, start = processor_time(), time.perf_counter()
    work(folder, rows)
    wall = time.perf_counter() - start
    return {"value": wall, "cpu": processor_time() - cpu, "peak": resident("VmHWM")}


def run(work: Work, rows: int, folder: Path) -> int:
    """Print the cost of the work as JSON; memory is limited to MEMORY_LIMIT."""
    limit = int(os.environ["MEMORY_LIMIT"])
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        print(json.dumps(measure(work, rows, folder)))
    except (MemoryError, OSError) as error:
        # The errors of pyarrow and numpy for a lack of memory; anything else is an error.
        if "alloc" not in str(error).lower() and not isinstance(error, MemoryError):
            raise
        print(json.dumps({"no_memory": str(error)}))
    return 0


def main(works: Mapping[str, Work]) -> None:
    """Measure COMPONENT ROWS FOLDER with the library of a module."""
    name, rows, folder = sys.argv[1:]
    sys.exit(run(works[name], int(rows), Path(folder)))
