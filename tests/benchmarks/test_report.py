"""The report and its charts."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import report
from benchmarks.chart import bars
from benchmarks.costs import Cost
from benchmarks.results import Case, Result, Target, Way, write

TARGET = Target("peer", "ours", at_least=3, if_missed="it is bound by the disk.")


def build(*peer: float, note: str = "") -> Case:
    ways = [Way("ours", [Cost(2.0, cpu=1.0)]), Way("peer", [Cost(value) for value in peer], note)]
    return Case("build", ways, [TARGET])


def result(suite: str, case: Case, quick: bool = False) -> Result:
    about = ("2000-01-02", {"cores": "2"}, 0.25)
    return Result(suite, suite.title(), *about, quick, 9.0, [case], ["How."])


def written(folder: Path, *results: Result) -> str:
    for found in results:
        write(found, folder / "benchmarks" / f"{found.suite}.json")
    page = folder / "benchmarks.md"
    report.write(folder / "benchmarks", page)
    return page.read_text(encoding="utf-8")


def test_a_target_stands_beside_its_ratio(tmp_path: Path):
    """The report shows whether a target is met or missed, and why it was missed."""
    page = written(tmp_path, result("fast", build(8.0)), result("slow", build(5.0)))
    assert "| fast | build | peer / ours | ≥ 3x | 4x | met |" in page
    assert "| slow | build | peer / ours | ≥ 3x | 2.5x | **missed** |" in page
    assert "- slow, build: it is bound by the disk." in page
    assert "- fast, build" not in page


@pytest.mark.parametrize(
    ("target", "row"),
    [
        (Target("ours", "", at_most=8), "ours | ≤ 8 s | 2 s | met"),
        (Target("ours", "", at_least=8), "ours | ≥ 8 s | 2 s | **missed**"),
        (
            Target("ours", "", at_most=0.5, measure="cpu"),
            "ours (processor time) | ≤ 0.5 s | 1 s | **missed**",
        ),
        (
            Target("ours", "", at_most=2e8, measure="peak"),
            "ours (peak memory) | ≤ 200 MB | 150 MB | met",
        ),
        (
            Target("ours", "peer", at_most=1, measure="cpu"),
            "ours / peer (processor time) | ≤ 1x | 0.5x | met",
        ),
        (Target("none", "", at_most=8), "none | ≤ 8 s | - | not measured"),
    ],
)
def test_a_target_states_its_quantity_and_unit(tmp_path: Path, target: Target, row: str):
    """A value has a unit, and a ratio says of what it is unless it is of wall times."""
    ways = [Way("ours", [Cost(2.0, 1.0, 150_000_000)]), Way("peer", [Cost(3.0, 2.0)])]
    case = Case("build", [*ways, Way("none", [])], [target])
    assert f"| one | build | {row} |" in written(tmp_path, result("one", case))


def test_what_was_not_measured_is_neither_met_nor_missed(tmp_path: Path):
    """A way that was not measured is reported as such, with the reason."""
    page = written(tmp_path, result("one", build(note="skipped: no peer here")))
    assert "| ≥ 3x | - | not measured |" in page
    assert "| build | peer | - | - | - | 0 | skipped: no peer here |" in page


def test_a_suite_replaces_its_own_section_alone(tmp_path: Path):
    """The section of the other suite stays as it was measured."""
    written(tmp_path, result("first", build(8.0)), result("second", build(8.0)))
    page = written(tmp_path, result("second", build(12.0)))
    assert "| first | build | peer / ours | ≥ 3x | 4x | met |" in page
    assert "| second | build | peer / ours | ≥ 3x | 6x | met |" in page


def test_a_quick_run_says_that_it_proves_nothing(tmp_path: Path):
    """The report of a quick run warns readers not to quote it."""
    assert "proves no target.**" in written(tmp_path, result("one", build(8.0), quick=True))
    assert "proves no target.**" not in written(tmp_path / "full", result("one", build(8.0)))


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.01234, "s", "0.0123 s"),
        (1234.4, "s", "1,234 s"),
        (999, "bytes", "999 B"),
        (65_432_100, "bytes", "65.4 MB"),
        (7, "tasks", "7 tasks"),
    ],
)
def test_amounts_have_three_digits(value: float, unit: str, shown: str):
    """Amounts have as many digits as a reader needs."""
    assert report.amount(value, unit) == shown


def test_a_chart_has_a_bar_for_every_value():
    """Ten times as much is one step longer, and names are escaped."""
    chart = bars("t", [("a < b", [("ours", 1.0, "1 s"), ("peer", 10.0, "10 s"), ("x", 100.0, "")])])
    rectangles = [e for e in ElementTree.fromstring(chart).iter() if e.tag.endswith("rect")]
    small, middle, large = (float(e.attrib["width"]) for e in rectangles[1:])
    assert small == 1
    assert middle * 2 == large
    assert "a &lt; b" in chart
