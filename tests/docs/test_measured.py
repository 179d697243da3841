"""Tests that the numbers which pages call measured are those of the latest measurement."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.report import amount
from benchmarks.results import Case, read

_CASES = read(Path("docs/benchmarks/data.json")).cases
_MEASURED = re.compile(r"- (?P<text>.+) \(\[measured\]\(\.\./benchmarks\.md\)\)\.")
_PAGES = {
    page.stem: found["text"]
    for page in sorted(Path("docs/components").glob("*.md"))
    if (found := _MEASURED.search(page.read_text(encoding="utf-8")))
}


def _largest(component: str) -> Iterator[Case]:
    """Yield the case with the most rows of each kind of work that a component does."""
    kinds: dict[str, list[Case]] = {}
    for case in _CASES:
        if case.rows and case.ways[0].costs and re.match(rf"{component}\b", case.name):
            kinds.setdefault(case.name.rpartition(",")[0], []).append(case)
    for cases in kinds.values():
        yield max(cases, key=lambda case: case.rows or 0)


def test_pages_state_a_measurement():
    """The pages and their measurements are found."""
    assert len(_PAGES) > 10


@pytest.mark.parametrize("component", _PAGES)
def test_the_memory_of_a_component_is_what_was_measured(component: str):
    """The page of a component states the peak memory in the report, and for how many rows it is."""
    measured = {
        (amount(case.ways[0].peak or 0, "bytes"), f"{(case.rows or 0) // 10**6} million rows")
        for case in _largest(component)
    }
    stated = re.findall(r"\d+ MB", _PAGES[component])
    assert stated
    assert set(stated) <= {peak for peak, _ in measured}
    rows = re.findall(r"\d+ million rows", _PAGES[component])
    assert rows
    assert set(rows) <= {rows for _, rows in measured}


def _case(suite: str, name: str) -> Case:
    cases = read(Path(f"docs/benchmarks/{suite}.json")).cases
    (found,) = [case for case in cases if case.name == name]
    return found


def _times(suite: str, name: str, over: str, under: str) -> str:
    """Return how many times as much one way takes as another, in two digits."""
    return f"{_case(suite, name).ratio(over, under):.2g}"


def _takes(suite: str, name: str, way: str) -> str:
    """Return what a way takes, as in the report."""
    case = _case(suite, name)
    return amount(case.way(way).value, case.unit)


def _beside_the_better() -> list[float]:
    """Return our processor time beside the better of DuckDB and Polars, for each component."""
    return [
        case.ratio(target.over, target.under, target.measure) or 0.0
        for case in _CASES
        for target in case.targets
        if target.over == "ours" and target.under in {"duckdb", "polars"}
    ]


def _claims() -> Iterator[str]:
    """Yield what README says of the latest measurement."""
    all_edited, one_edited = "1000 pipelines", "1000 pipelines, one edited"
    faster = _times("compile", one_edited, "one process", "rule")
    yield f"`bazel build` is {faster} times faster than one process that compiles all"
    yield f"and {_times('compile', all_edited, 'rule', 'one process')} times slower"
    same, testmon = "nothing changed", "pytest --testmon"
    yield f"takes {_takes('loop', same, 'ours')} and pytest-testmon {_takes('loop', same, testmon)}"
    edited = "one line of errors.py changed, all tests"
    yield f"{_takes('loop', edited, 'ours')} and {_takes('loop', edited, testmon)}"
    started = "make_numeric_dataset, 10 rows"
    yield f"A pod starts in {_takes('pod_start', started, 'ours')}"
    baked, installing = "baked, same command", "packages_to_install"
    yield f"takes {_times('pod_start', started, baked, 'ours')} times that"
    yield f"with `packages_to_install` {_times('pod_start', started, installing, 'ours')} times"
    few = "push after an edit of splitting.py, which one component uses"
    many = "push after an edit of errors.py, which nearly all components use"
    yield f"sends {_takes('image', few, 'ours')} if one component uses the module"
    yield f"and {_takes('image', many, 'ours')} if nearly all do"
    yield f"copies the source last, {_takes('image', few, 'buildah, source copied')}"
    least, *_, most = sorted(_beside_the_better())
    yield f"between {least:.2g} and {most:.2g} times the processor time of the better of DuckDB and"


@pytest.mark.parametrize("claim", list(_claims()))
def test_readme_says_what_was_measured(claim: str):
    """Each number in README stands beside its strongest peer, as in the report."""
    assert claim in " ".join(Path("README.md").read_text(encoding="utf-8").split())
