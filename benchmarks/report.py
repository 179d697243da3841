"""The report: the latest results of all suites, for readers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.chart import bars
from benchmarks.results import Case, Result, Target, Way, read
from kfp_component_lib.reports.markdown import markdown_table

_HEAD = """\
# Benchmarks

This page is written by `bazel run //benchmarks -- [suite …]`, so do not edit it. Each suite replaces
its own section, which therefore states when and where it ran. The numbers are in
[benchmarks/](benchmarks) as JSON.

## Method

- Both sides are run on the same machine and from the same sources; exceptions are noted.
- The ways are run in turns: ours, peer, ours, peer. Other load on the machine affects both.
- A ratio is the median of the ratios of all rounds, not a ratio of medians. A value is the median of
  the rounds, followed by the smallest. If an expensive way has fewer rounds, they are paired with the
  first rounds of the other.
- In addition to wall time, the report states the processor time of all processes that took part, which
  is less affected by a busy machine. For Bazel it covers the client, the server and all descendants.
- The load average at the start is printed and recorded; a machine well below 1 is idle.
- Edits are made in a copy of the workspace, which has its own output base and no disk cache.
- `--quick` uses fewer rounds and smaller sizes; it shows that everything works, and proves no target.

## Targets

"""


def write(folder: Path, page: Path) -> None:
    """Write the report and its charts from the results of the suites.

    Args:
        folder: Folder of the results, SUITE.json, and of the charts, SUITE.svg.
        page: The report.
    """
    results = [read(path) for path in sorted(folder.glob("*.json"))]
    for result in results:
        (folder / f"{result.suite}.svg").write_text(_chart(result), encoding="utf-8")
    page.write_text(_HEAD + "\n".join(_targets(results)) + _sections(results), encoding="utf-8")


def _targets(results: Sequence[Result]) -> Iterator[str]:
    rows, missed = [], []
    for result in results:
        for case in result.cases:
            for target in case.targets:
                found = case.measured(target)
                verdict = _verdict(target, found)
                texts = _target(case, target, found)
                rows.append((result.suite, case.name, *texts, verdict))
                if verdict == "**missed**":
                    why = target.if_missed or "not explained yet."
                    missed.append(f"- {result.suite}, {case.name}: {why}")
    yield markdown_table(("suite", "what", "ratio or value", "target", "measured", ""), rows, str)
    if missed:
        yield "Reasons for missed targets:\n"
        yield from dict.fromkeys(missed)


_MEASURES = {"value": "", "cpu": " (processor time)", "peak": " (peak memory)"}


def _target(case: Case, target: Target, found: float | None) -> tuple[str, str, str]:
    """Return what a target compares, its rule, and what was found."""
    measure = _MEASURES[target.measure]
    if target.under:
        return f"{target.over} / {target.under}{measure}", target.rule, _ratio(found)
    unit = {"cpu": "s", "peak": "bytes"}.get(target.measure, case.unit)
    sign, limit = target.bound
    rule = f"{sign} {amount(limit, unit)}"
    return f"{target.over}{measure}", rule, "-" if found is None else amount(found, unit)


def _verdict(target: Target, found: float | None) -> str:
    if found is None:
        return "not measured"
    return "met" if target.met(found) else "**missed**"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return "-"
    return f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.3g}x"


def _sections(results: Sequence[Result]) -> str:
    return "".join(f"\n\n{_section(result)}" for result in results) + "\n"


def _section(result: Result) -> str:
    machine = "; ".join(f"{key}: {value}" for key, value in result.machine.items())
    quick = "**`--quick`: proves no target.** " if result.quick else ""
    lines = [
        f"## {result.title}\n",
        f"{quick}{result.date}, {result.seconds:.0f} s, load average {result.load:.2f} at the start.",
        f"{machine}.\n",
        *(f"{remark}\n" for remark in result.remarks),
        f"![{result.title}](benchmarks/{result.suite}.svg)\n",
        _table(result.cases).rstrip(),
    ]
    return "\n".join(lines)


def _table(cases: Sequence[Case]) -> str:
    rows = any(case.rows for case in cases)
    peaks = any(cost.peak for case in cases for way in case.ways for cost in way.costs)
    titles = ["what", "way", "median (least)", "processor", "to ours"]
    titles += ["rows/s"] * rows + ["peak memory"] * peaks + ["rounds", "note"]
    cells = [_cells(case, way, rows, peaks) for case in cases for way in case.ways]
    return markdown_table(titles, cells, str)


def _cells(case: Case, way: Way, rows: bool, peaks: bool) -> list[str]:
    ours = case.ways[0]
    if not way.costs:
        return [case.name, way.name, "-", "-", "-", *["-"] * (rows + peaks), "0", way.note]
    least = min(cost.value for cost in way.costs)
    ratio = None if way is ours else case.ratio(way.name, ours.name)
    cells = [case.name, way.name, f"{amount(way.value, case.unit)} ({amount(least, case.unit)})"]
    cells += ["-" if way.cpu is None else amount(way.cpu, "s"), _ratio(ratio)]
    if rows:
        cells.append(f"{case.rows / way.value:,.0f}" if case.rows and way.value else "-")
    if peaks:
        cells.append(amount(way.peak, "bytes") if way.peak else "-")
    return [*cells, str(len(way.costs)), way.note]


def amount(value: float, unit: str) -> str:
    """Return a number of seconds, of bytes or of tasks, for a reader."""
    if unit == "s":
        return f"{value:,.0f} s" if value >= 100 else f"{value:.3g} s"
    if unit == "tasks":
        return f"{value:g} tasks"
    for name, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.0f} B"


def _chart(result: Result) -> str:
    groups = []
    for case in result.cases:
        shown = [
            (way.name, way.value, amount(way.value, case.unit))
            for way in case.ways
            if way.costs and way.value > 0
        ]
        if shown:
            groups.append((case.name, shown))
    units = {"s": "seconds", "bytes": "bytes", "tasks": "tasks"}
    scale = " and ".join(units[unit] for unit in dict.fromkeys(c.unit for c in result.cases))
    return bars(f"{result.title} ({scale}, logarithmic)", groups)
