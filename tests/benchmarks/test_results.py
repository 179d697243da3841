"""Medians, ratios and targets."""

from pathlib import Path

import pytest

from benchmarks.costs import Cost
from benchmarks.results import Case, Result, Target, Way, explained, read, write


def way(name: str, *values: float) -> Way:
    return Way(name, [Cost(value, cpu=value / 2) for value in values])


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    """A round in which the machine was busy for both does not move the ratio."""
    case = Case("c", [way("ours", 1, 10, 3), way("peer", 4, 40, 6)])
    assert case.ratio("peer", "ours") == 4
    assert case.way("peer").value / case.way("ours").value == 2


def test_fewer_rounds_are_paired_with_the_first():
    """An expensive way takes part only in the first rounds."""
    case = Case("c", [way("ours", 1, 100, 100), way("peer", 5)])
    assert case.ratio("peer", "ours") == 5


def test_what_was_not_measured_has_no_ratio():
    """A way without rounds neither meets nor misses anything."""
    assert Case("c", [way("ours", 1), way("peer")]).ratio("peer", "ours") is None


def test_peaks_have_ratios_too():
    """A target may concern memory."""
    ways = [Way("a", [Cost(1, peak=30)]), Way("b", [Cost(1, peak=10)])]
    assert Case("c", ways).ratio("a", "b", "peak") == 3


def test_processor_times_have_ratios_too():
    """A target may concern processor time, here half of the values."""
    case = Case("c", [Way("a", [Cost(1, cpu=3.0)]), Way("b", [Cost(9, cpu=2.0)])])
    assert case.ratio("a", "b", "cpu") == 1.5
    assert case.measured(Target("a", "b", at_most=1, measure="cpu")) == 1.5


def test_a_target_without_denominator_limits_the_median():
    """The value of one way may be limited, whatever the others need."""
    case = Case("c", [way("a", 1, 9, 2), way("b")])
    assert case.measured(Target("a", "", at_most=3)) == 2
    assert case.measured(Target("a", "", at_most=3, measure="cpu")) == 1
    assert case.measured(Target("b", "", at_most=3)) is None


@pytest.mark.parametrize(
    ("target", "ratio", "met"),
    [
        (Target("a", "b", at_least=4), 4.0, True),
        (Target("a", "b", at_least=4), 3.99, False),
        (Target("a", "b", at_most=1.3), 1.3, True),
        (Target("a", "b", at_most=1.3), 1.31, False),
    ],
)
def test_a_target_is_met_at_its_bound(target: Target, ratio: float, met: bool):
    """A ratio that equals the bound meets the target."""
    assert target.met(ratio) is met


def test_medians_leave_out_what_nobody_measured():
    """Processor time and memory may be unknown."""
    mixed = Way("w", [Cost(3, cpu=None), Cost(1, cpu=2.0), Cost(2, cpu=4.0)])
    assert (mixed.value, mixed.cpu, mixed.peak) == (2, 3.0, None)


def test_a_result_is_read_as_it_was_written(tmp_path: Path):
    """JSON preserves everything, including nested values."""
    case = Case("c", [way("ours", 1.5, 2.5)], [Target("ours", "ours", at_most=1)], "bytes", 10)
    result = Result("s", "Title", "today", {"cores": "2"}, 0.1, False, 3.0, [case], ["Remark."])
    write(result, tmp_path / "sub/s.json")
    assert read(tmp_path / "sub/s.json") == result


def test_only_a_missed_target_is_explained():
    """Nothing is profiled for a target that is met, and each missed one states the reason."""
    ways = [way("ours", 1), way("peer", 3)]
    met, missed = Target("peer", "ours", at_least=2), Target("peer", "ours", at_least=4)
    found = explained(Case("c", ways, [met, missed]), lambda target: f"because of {target.rule}")
    assert [target.if_missed for target in found.targets] == ["", "because of ≥ 4x"]
    unmeasured = Case("c", [way("ours", 1), way("peer")], [missed])
    for case in (Case("c", ways, [met]), unmeasured):
        assert explained(case, lambda _: pytest.fail("nothing must be profiled")) == case
