"""Reasons for missed targets, found in the run that missed them."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.results import Case, Target


def explain(case: Case, reason: Callable[[Target], str]) -> Case:
    """Return the case with a reason for each target that it misses.

    Args:
        case: The measured case.
        reason: Finds the reason, for example in a profile. It is called for missed targets only.
    """
    targets = [_explained(case, target, reason) for target in case.targets]
    return replace(case, targets=targets)


def _explained(case: Case, target: Target, reason: Callable[[Target], str]) -> Target:
    ratio = case.ratio(target.over, target.under, target.measure)
    if ratio is None or target.met(ratio):
        return target
    return replace(target, if_missed=reason(target))
