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
