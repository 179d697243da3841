"""The work of the components by number of rows, compared with pandas and with floors."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.costs import Cost
from benchmarks.machine import available_memory, free_disk
from benchmarks.results import Case, Target, Way
from benchmarks.session import Session, remove, runfile

TITLE = "Data: components by number of rows"
MINUTES = (11, 1.5)
METHOD = """\
Each measurement is a separate process; imports are not counted, and no output exists beforehand,
as in a task. The table has four float64 columns. `ours` is the function that the component calls;
`pandas` reads the whole table, computes the same results with pandas and NumPy, and writes the whole
table. Memory is the largest resident set of the process, including Python and both libraries (about
150 MB before any work). A process that would need more than three quarters of the free memory is
stopped: "does not fit". The floors are: drawing the random numbers, copying the bytes in memory,
writing them, and reading the Parquet file in blocks without using them."""

_INPUTS = {
    "load_tabular_dataset (csv)": ["csv"],
    "load_tabular_dataset (jsonl)": ["jsonl"],
    "train_linear_model (logistic)": ["labels"],
    "evaluate_regression": ["predicted"],
    "evaluate_classification": ["classified"],
    "detect_drift": ["numbers", "others"],
    "make_numeric_dataset": [],
    "make_tabular_dataset": [],
}
_COMPONENTS = [
    "make_numeric_dataset",
    "make_tabular_dataset",
    "load_tabular_dataset (csv)",
    "load_tabular_dataset (jsonl)",
    "load_tabular_dataset (parquet)",
    "profile_dataset",
    "validate_dataset",
    "split_dataset",
    "fit_transform_features",
    "apply_transform",
    "train_linear_model (ridge)",
    "train_linear_model (logistic)",
    "batch_predict",
    "evaluate_regression",
    "evaluate_classification",
    "detect_drift",
]
_FLOORS = ["random numbers", "memory copy", "disk write", "Parquet read"]
_SIZES = [10**5, 10**6, 10**7, 10**8]
_QUICK_SIZES = [10**6]
# For fewer rows, starting the work takes too large a share.
_TARGET_ROWS = 10**7
_LIMIT_SECONDS, _QUICK_LIMIT_SECONDS = 30, 10
# The largest number of tables on disk at once: four of a component, or one and a text file.
_BYTES_PER_ROW = 160
_TEXTS = ("csv", "jsonl")
_ROUNDS = {10**5: 2, 10**6: 2, 10**7: 2, 10**8: 1}
_TEXT = "reading the text takes most of the time, as the same table from Parquet shows."
_SKETCHES = (
    "ours keeps mergeable sketches (moments, order-preserving bins, hashes of distinct values), so that"
    " shards can be combined; this is more work per row than sums over columns in memory."
)
_PASSES = (
    "ours reads the rows twice instead of keeping them: reading takes 38 % of its processor time, and the"
    " sums of both passes 40 %."
)
_BINS = (
    "reading takes 40 % of our processor time, and the bins for the histogram, whose range is not known"
    " in advance, take 29 %."
)
_SKIPPING = (
    "to find the first value of a column, all columns before it are drawn once more, on one core: 7e7"
    " numbers instead of 4e7, at 18 ns each 1.3 s of 1.85 s of processor time."
)
_PARSING = (
    "for a million rows, pyarrow's parser takes 0.34 to 0.39 s of processor time and writing 0.05 s; two"
    " busy cores do this in half the time of pandas."
)
_TWICE = "reading the file twice and writing it take 1.2 s of 1.6 s of processor time."
_WRITING = (
    "one thread encodes and writes; at 1e8 rows more than a third of all processor time is that of the"
    " kernel, which takes 3.2 GB."
)
_CHOOSING = (
    "assigning the rows to parts, and taking them, is two fifths of our processor time; reading and"
    " writing are the rest."
)
_IF_SLOW = {
    "make_numeric_dataset": _SKIPPING,
    "make_tabular_dataset": "drawing the numbers dominates, as the floor shows, on both sides.",
    "load_tabular_dataset (csv)": _PARSING,
    "load_tabular_dataset (jsonl)": _TEXT,
    "load_tabular_dataset (parquet)": _WRITING,
    "profile_dataset": _SKETCHES,
    "split_dataset": _CHOOSING,
    "fit_transform_features": _TWICE,
    "train_linear_model (logistic)": _PASSES,
    "evaluate_regression": _BINS,
    "detect_drift": _SKETCHES,
}
_IF_GROWS = (
    "it keeps the part of every row that it must sort or count; its docstring says how much."
)


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Measure every component at every size."""
    folder = running.folder("data")
    _child("prepare", "learned", 0, folder)
    sizes = _QUICK_SIZES if running.quick else _SIZES
    cases: list[Case] = []
    for component in _COMPONENTS:
        cases += _component(running, folder, component, sizes)
    for floor in _FLOORS:
        inputs = ["numbers"] if floor == "Parquet read" else []
        cases += _sizes(running, folder, floor, inputs, ["floor"], sizes)
    remove(folder)
    return cases, []


def _component(running: Session, folder: Path, component: str, sizes: Sequence[int]) -> list[Case]:
    inputs = _INPUTS.get(component, ["numbers"])
    cases = _sizes(running, folder, component, inputs, ["ours", "pandas"], sizes)
    done = [case for case in cases if case.ways[0].costs and case.rows >= 10**6]
    return cases if len(done) < 2 else [*cases, _memory(component, done)]


def _memory(component: str, done: Sequence[Case]) -> Case:
    first, last = done[0], done[-1]
    ways = [
        Way(f"{way} rows", [Cost(cost.peak) for cost in case.ways[0].costs])
        for way, case in ((f"{last.rows:.0e}", last), (f"{first.rows:.0e}", first))
    ]
    flat = Target(ways[0].name, ways[1].name, at_most=1.5, if_missed=_IF_GROWS)
    return Case(f"{component}: peak memory of ours", ways, [flat], unit="bytes")


def _sizes(
    running: Session,
    folder: Path,
    name: str,
    inputs: Sequence[str],
    ways: Sequence[str],
    sizes: Sequence[int],
) -> list[Case]:
    cases: list[Case] = []
    for rows in sizes:
        notes = _obstacles(running, folder, inputs, rows, cases[-1] if cases else None, ways)
        costs: dict[str, list[Cost]] = {way: [] for way in ways}
        if not all(notes.values()):
            for wanted in inputs:
                _child("prepare", wanted, rows, folder)
            for _ in range(1 if running.quick else _ROUNDS[rows]):
                _round(folder, name, rows, costs, notes)
            for file in folder.glob("*.*"):
                remove(file) if file.is_dir() else file.unlink()
        found = [Way(way, costs[way], notes[way]) for way in ways]
        shown = ", ".join(f"{w.name} {w.value:.3g} s" if w.costs else w.note for w in found)
        running.say(f"{name}, {rows:.0e} rows: {shown}")
        targets = []
        if (
            len(ways) > 1
            and (rows >= _TARGET_ROWS or running.quick)
            and all(way.costs for way in found)
        ):
            targets = [Target("pandas", "ours", at_least=3, if_missed=_IF_SLOW.get(name, ""))]
        cases.append(Case(f"{name}, {rows:.0e} rows", found, targets, rows=rows))
    return cases


def _obstacles(
    running: Session,
    folder: Path,
    inputs: Sequence[str],
    rows: int,
    smaller: Case | None,
    ways: Sequence[str],
) -> dict[str, str]:
    """Return for each way the reason why it is not measured, or an empty text."""
    if free_disk(folder) < rows * _BYTES_PER_ROW * 1.2:
        return dict.fromkeys(ways, "not run: the disk is too full")
    if rows > 10**7 and set(inputs) & set(_TEXTS):
        return dict.fromkeys(ways, "not run: the text file takes too long to write")
    limit = _QUICK_LIMIT_SECONDS if running.quick else _LIMIT_SECONDS
    return {way: _too_long(smaller.way(way), limit) if smaller else "" for way in ways}


def _too_long(smaller: Way, limit: float) -> str:
    if not smaller.costs:
        return smaller.note
    expected = 10 * smaller.value
    return f"not run: about {expected:.0f} s expected" if expected > limit else ""


def _round(
    folder: Path, name: str, rows: int, costs: dict[str, list[Cost]], notes: dict[str, str]
) -> None:
    for way in costs:
        if not notes[way]:
            found = json.loads(_child(way, name, rows, folder))
            if "no_memory" in found:
                notes[way] = "does not fit into memory"
            else:
                costs[way].append(Cost(**found))


def _child(way: str, name: str, rows: int, folder: Path) -> str:
    """Run data_ways.py, with the modules of this process."""
    command = [sys.executable, str(runfile("DATA_WAYS")), way, name, str(rows), str(folder)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "MEMORY_LIMIT": str(available_memory() * 3 // 4),
    }
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    # The kernel may intervene before the limit does.
    if done.returncode == -9:
        return json.dumps({"no_memory": "killed"})
    if done.returncode:
        raise RuntimeError(
            f"{name} must work with {rows} rows, but {way} ended with {done.returncode}."
        )
    return done.stdout
