"""Reasons for missed targets."""

from benchmarks.costs import Cost
from benchmarks.reasons import explain
from benchmarks.results import Case, Target, Way


def test_only_missed_targets_are_explained():
    """A profile takes time, so it is made only for a target that was measured and missed."""
    asked: list[str] = []

    def reason(target: Target) -> str:
        asked.append(target.over)
        return f"{target.over} is slow."

    ways = [Way("ours", [Cost(2.0)]), Way("fast", [Cost(1.0)]), Way("slow", [Cost(9.0)])]
    targets = [Target(name, "ours", at_least=1) for name in ("fast", "slow", "skipped")]
    case = explain(Case("c", [*ways, Way("skipped", [])], targets), reason)
    assert asked == ["fast"]
    assert [target.if_missed for target in case.targets] == ["fast is slow.", "", ""]
    assert case.targets[0].at_least == 1
