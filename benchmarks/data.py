"""The work of the components by number of rows, compared with other libraries and with floors."""

import functools
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.costs import Cost, plain_environment
from benchmarks.data_agreement import differences, only_sizes, results
from benchmarks.machine import available_memory, free_disk
from benchmarks.results import Case, Target, Way, explained
from benchmarks.sampling import Profile
from benchmarks.session import Session, remove
from tools.venv import make

TITLE = "Data: components by number of rows"
MINUTES = (15, 2.5)
METHOD = """\
Each measurement is a separate process; imports are not counted, and no output exists beforehand,
as in a task. The table has four float64 columns. `ours` is the function that the component calls.
`duckdb` and `polars` are queries of the two libraries, locked in `benchmarks/peers/data`, with all
their own settings: a thread for each core, at most 80 % of the memory (DuckDB) or no limit (Polars),
and rows in the order of the source. Polars scans lazily, and its streaming engine collects or writes;
it compresses with Snappy, as the others do, and not with zstd, its default, which would cost it more
than twice the time. `pandas` reads the whole table, computes with pandas and NumPy, and writes the
whole table; it is there for information. What the ways leave is compared: the peers write the same
tables and compute the figures that `pandas` computes, with these choices where there are several:
distinct values are estimated (`approx_count_distinct`, `approx_n_unique`), as ours are; quantiles are
exact, since both peers take less time for these than for approximate ones (Polars' KLL as long);
the area below the ROC curve is that of 131,072 bins, and drift that of 8,192 bins per column, of
equal width, where ours are also bins; DuckDB splits by a hash of the row's number. When it validates,
DuckDB counts with `FILTER`, so that it reads the values and does not answer from the footer; ours also
reads the columns without a rule, to show that they can be read.
Of the two, the one that takes less processor time (median) is the peer of the target. At 1e8 rows,
ours runs alone, once, to show its memory; pandas runs once at 1e7. Memory is the largest resident set
of the process, including Python and the libraries (about 135 MB of ours before any work). A process
that would need more than three quarters of the free memory is stopped: "does not fit".
If a target is missed, our way runs once more, and the processor time of all its threads is sampled,
by function of this library (else of its caller's library); that is the reason stated.
`profile_dataset, N columns` is that of 10,000 rows of float64. DuckDB does it with `SUMMARIZE`, and
Polars with the query for few columns and its in-memory engine; its own `describe` takes sixty times as
long. The floors are: drawing the random numbers, copying the bytes in memory, writing them, and
reading the Parquet file in blocks without using them."""

_PEERS = ("duckdb", "polars")
_SIZES, _QUICK_SIZES = [10**6, 10**7, 10**8], [10**6]
_COLUMNS, _QUICK_COLUMNS = [1000, 2000, 4000], [250, 500, 1000]
# For fewer rows, starting the work takes too large a share; with more, only ours is measured.
_TARGET_ROWS = 10**7
_LIMIT_SECONDS, _QUICK_LIMIT_SECONDS = 40, 10
# The largest number of tables on disk at once: four of a component, or one and a text file.
_BYTES_PER_ROW = 160
_TEXTS = ("csv", "jsonl")
_ROUNDS = 3
_MOST_MEMORY = 210e6
_MOST_SECONDS, _MOST_GROWTH = 8, 4.6
_WIDE = "profile_dataset, many columns"


@dataclass(frozen=True)
class _Component:
    """What is measured.

    Attributes:
        name: Its name in all modules of ways.
        inputs: The files that it needs, by name of what prepares them.
        ways: The ways, ours first.
        at_most: The target for ours beside the better of the peers.
    """

    name: str
    inputs: tuple[str, ...] = ("numbers",)
    ways: tuple[str, ...] = ("ours", "pandas", *_PEERS)
    at_most: float = 1.0

    @property
    def makes_data(self) -> bool:
        """Whether it draws random numbers, for which there is only NumPy."""
        return not self.inputs

    @property
    def is_compared(self) -> bool:
        """Whether the peers must leave the same results as pandas."""
        return {"pandas", *_PEERS} <= set(self.ways)


_COMPONENTS = [
    _Component("make_numeric_dataset", (), ("ours", "pandas")),
    _Component("make_tabular_dataset", (), ("ours", "pandas")),
    _Component("load_tabular_dataset (csv)", ("csv",)),
    _Component("load_tabular_dataset (jsonl)", ("jsonl",), at_most=1.2),
    _Component("load_tabular_dataset (parquet)"),
    _Component("profile_dataset"),
    _Component("validate_dataset", at_most=1.2),
    _Component("split_dataset"),
    _Component("fit_transform_features"),
    _Component("apply_transform"),
    _Component("train_linear_model (ridge)"),
    _Component("train_linear_model (logistic)", ("labels",), ("ours", "pandas")),
    _Component("batch_predict"),
    _Component("evaluate_regression", ("predicted",)),
    _Component("evaluate_classification", ("classified",)),
    _Component("detect_drift", ("numbers", "others")),
]
_FLOORS = [
    _Component(name, inputs, ("floor",))
    for name, inputs in (
        ("random numbers", ()),
        ("memory copy", ()),
        ("disk write", ()),
        ("Parquet read", ("numbers",)),
    )
]


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Measure every component at every size."""
    folder, venv = running.folder("data"), running.folder("peers")
    make(
        venv,
        sys.executable,
        running.workspace,
        Path("benchmarks", "peers", "data", "requirements_lock.txt"),
    )
    processes = _Processes(folder, venv / "bin" / "python")
    processes.run("prepare", "learned", 0)
    suite = _Suite(running, processes)
    for rows in _QUICK_SIZES if running.quick else _SIZES:
        suite.measure_size(rows)
    for columns in _QUICK_COLUMNS if running.quick else _COLUMNS:
        suite.measure_columns(columns)
    remove(folder)
    return suite.result(), []


@dataclass(frozen=True)
class _Processes:
    """Runs the modules of the ways.

    Attributes:
        folder: Folder of inputs and outputs.
        peers: Python with the peers.
    """

    folder: Path
    peers: Path

    def run(self, way: str, name: str, rows: int) -> str:
        """Run a way and return what it prints."""
        arguments = [name, str(rows), str(self.folder)]
        if way in _PEERS:
            command = [str(self.peers), "-m", f"benchmarks.data_{way}", *arguments]
            # Only these modules, and none of this project's other requirements.
            path = str(Path(__file__).parents[1])
        else:
            command = [sys.executable, "-m", "benchmarks.data_ways", way, *arguments]
            path = os.pathsep.join(sys.path)
        limit = str(available_memory() * 3 // 4)
        environment = plain_environment() | {"PYTHONPATH": path, "MEMORY_LIMIT": limit}
        done = subprocess.run(
            command, env=environment, check=False, stdout=subprocess.PIPE, text=True
        )
        # The kernel may intervene before the limit does.
        if done.returncode == -9:
            return json.dumps({"no_memory": "killed"})
        if done.returncode:
            raise RuntimeError(
                f"{name} must work with {rows} rows, but {way} ended with {done.returncode}."
            )
        return done.stdout

    def profile(self, name: str, rows: int) -> Profile:
        """Run our way once more, and return where its time goes."""
        return Profile(**json.loads(self.run("profile", name, rows)))

    def clear(self) -> None:
        """Remove inputs and outputs, but not the models and transforms that are always needed."""
        for file in self.folder.glob("*.*"):
            remove(file) if file.is_dir() else file.unlink()


@dataclass
class _Suite:
    """The cases so far."""

    running: Session
    processes: _Processes
    cases: dict[str, list[Case]] = field(default_factory=dict)
    memory: dict[str, Case] = field(default_factory=dict)
    wide: list[Case] = field(default_factory=list)
    growth: list[Case] = field(default_factory=list)

    def result(self) -> list[Case]:
        """Return all cases in the order of the components."""
        found: list[Case] = []
        for component in (*_COMPONENTS, *_FLOORS):
            found += self.cases[component.name]
            found += [self.memory[component.name]] if component.name in self.memory else []
        return [*found, *self.wide, *self.growth]

    def measure_size(self, rows: int) -> None:
        """Measure all components and floors with a number of rows; each input is made once."""
        everything = sorted((*_COMPONENTS, *_FLOORS), key=lambda each: each.inputs)
        for inputs, group in itertools.groupby(everything, key=lambda each: each.inputs):
            components = list(group)
            notes = {each: self._obstacles(each, rows) for each in components}
            if not all(note for each in notes.values() for note in each.values()):
                for wanted in inputs:
                    self.processes.run("prepare", wanted, rows)
            for component in components:
                self._measure(component, rows, notes[component])
            self.processes.clear()

    def _measure(self, component: _Component, rows: int, notes: dict[str, str]) -> None:
        name = f"{component.name}, {rows:.0e} rows"
        case = Case(name, self._ways(component, rows, notes), rows=rows)
        if rows == _TARGET_ROWS or self.running.quick:
            case = replace(case, targets=_targets(component, case))
        known = self.cases.setdefault(component.name, [])
        known.append(self._explained(component, rows, case))
        done = [each for each in known if each.ways[0].costs]
        if component not in _FLOORS and len(done) > 1 and done[-1] is known[-1]:
            memory = _memory(component, done)
            self.memory[component.name] = self._explained(component, rows, memory)

    def _ways(self, component: _Component, rows: int, notes: dict[str, str]) -> list[Way]:
        costs: dict[str, list[Cost]] = {way: [] for way in component.ways}
        left: dict[str, dict[str, float]] = {}
        for number in range(self._rounds(rows)):
            for way in component.ways:
                if not notes[way] and (number == 0 or not _is_informal(component, way, rows)):
                    found = json.loads(self.processes.run(way, component.name, rows))
                    if "no_memory" in found:
                        notes[way] = "does not fit into memory"
                        continue
                    costs[way].append(Cost(**found))
                    if component.is_compared:
                        left[way] = left.get(way) or results(self.processes.folder)
        _check_agreement(component, left)
        ways = [Way(way, costs[way], notes[way]) for way in component.ways]
        shown = ", ".join(f"{w.name} {w.cpu:.3g} s" if w.costs else w.note for w in ways)
        self.running.say(f"{component.name}, {rows}: processor time of {shown}")
        return ways

    def _rounds(self, rows: int) -> int:
        return 1 if self.running.quick or rows > _TARGET_ROWS else _ROUNDS

    def _obstacles(self, component: _Component, rows: int) -> dict[str, str]:
        """Return for each way the reason why it is not measured, or an empty text."""
        ways, known = component.ways, self.cases.get(component.name)
        if free_disk(self.processes.folder) < rows * _BYTES_PER_ROW * 1.2:
            return dict.fromkeys(ways, "not run: the disk is too full")
        if rows > _TARGET_ROWS and set(component.inputs) & set(_TEXTS):
            return dict.fromkeys(ways, "not run: the text file takes too long to write")
        limit = _QUICK_LIMIT_SECONDS if self.running.quick else _LIMIT_SECONDS
        late = {way: _too_long(known[-1].way(way), limit) if known else "" for way in ways}
        if rows > _TARGET_ROWS:
            late |= {way: "not run: only our memory is of interest" for way in ways[1:]}
        return late

    def measure_columns(self, columns: int) -> None:
        """Measure the profile of a table with a number of columns."""
        component = _Component(_WIDE, ("wide",), ("ours", *_PEERS))
        self.processes.run("prepare", "wide", columns)
        ways = self._ways(component, columns, dict.fromkeys(component.ways, ""))
        targets = [Target("ours", "", at_most=_MOST_SECONDS)] if columns == _COLUMNS[-1] else []
        case = Case(f"profile_dataset, {columns} columns", ways, targets)
        self.wide.append(self._explained(component, columns, case))
        if len(self.wide) > 1:
            self.growth = [self._explained(component, columns, _growth(self.wide))]
        self.processes.clear()

    def _explained(self, component: _Component, rows: int, case: Case) -> Case:
        """Return the case with the reasons of its missed targets, from a profile made now."""
        profile = functools.cache(lambda: self.processes.profile(component.name, rows))
        return explained(case, lambda target: _reason(case, target, profile()))


def _check_agreement(component: _Component, left: Mapping[str, Mapping[str, float]]) -> None:
    """Refuse results that differ from those of pandas; ours learned another model, and writes pages."""
    expected = left.get("pandas", {})
    for way, found in left.items():
        wanted = only_sizes(expected) if way == "ours" else expected
        wrong = differences(found, wanted)
        if wrong:
            got = f"{component.name}: {way} must compute what pandas does, but {wrong[0]}"
            raise RuntimeError(f"{got}, and {len(wrong) - 1} other results differ.")


def _reason(case: Case, target: Target, profile: Profile) -> str:
    about_memory = target.measure == "peak" or case.unit == "bytes"
    return profile.memory_in_words() if about_memory else profile.time_in_words()


def _is_informal(component: _Component, way: str, rows: int) -> bool:
    """Return whether a way is so slow, and of so little interest, that one round is enough."""
    return way == "pandas" and not component.makes_data and rows >= _TARGET_ROWS


def _too_long(smaller: Way, limit: float) -> str:
    if not smaller.costs:
        return smaller.note
    expected = 10 * smaller.value
    return f"not run: about {expected:.0f} s expected" if expected > limit else ""


def _targets(component: _Component, case: Case) -> list[Target]:
    """Return the targets of a component: beside the better peer, and for memory."""
    measured = {way.name: way for way in case.ways if way.costs}
    if "ours" not in measured:
        return []
    targets = []
    peers = [measured[name] for name in _PEERS if name in measured]
    if peers:
        better = min(peers, key=lambda way: way.cpu)
        targets.append(Target("ours", better.name, at_most=component.at_most, measure="cpu"))
    elif component.makes_data and "pandas" in measured:
        targets.append(Target("pandas", "ours", at_least=3))
    if component not in _FLOORS:
        targets.append(Target("ours", "", at_most=_MOST_MEMORY, measure="peak"))
    return targets


def _memory(component: _Component, done: Sequence[Case]) -> Case:
    """Compare our memory for most rows with that for fewest."""
    ways = [
        Way(f"{case.rows:.0e} rows", [Cost(cost.peak) for cost in case.ways[0].costs])
        for case in (done[-1], done[0])
    ]
    flat = Target(ways[0].name, ways[1].name, at_most=1.5)
    return Case(f"{component.name}: peak memory of ours", ways, [flat], unit="bytes")


def _growth(done: Sequence[Case]) -> Case:
    """Compare our time for most columns with that for fewest."""
    ways = [Way(case.name.partition(", ")[2], case.ways[0].costs) for case in (done[-1], done[0])]
    linear = Target(ways[0].name, ways[1].name, at_most=_MOST_GROWTH)
    return Case("profile_dataset: time of ours by columns", ways, [linear])
