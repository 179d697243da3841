"""What a report says about where Bazel's time goes."""

import pytest

from benchmarks.bazel import Profile, phases
from benchmarks.costs import Use

# As Bazel 7.7.1 prints it.
_ANALYSIS = """\

=== PHASE SUMMARY INFORMATION ===

Total launch phase time                              0.021 s    3.39%
Total init phase time                                0.445 s   71.86%
Total target pattern evaluation phase time           0.006 s    1.01%
Total interleaved loading, analysis and execution phase time    0.142 s   23.03%
Total finish phase time                              0.004 s    0.71%
---------------------------------------------------------------------
Total run time                                       0.619 s  100.00%
"""


def test_the_longest_phases_are_named_first():
    """The reader sees the phases that cost most, and how much of the total they are."""
    found = phases(_ANALYSIS)
    assert list(found) == [
        "init",
        "interleaved loading, analysis and execution",
        "launch",
        "target pattern evaluation",
        "finish",
    ]
    assert str(Profile(found, Use(), Use())) == (
        "of 0.62 s in Bazel's own profile: init 0.45 s, interleaved loading, analysis and execution"
        " 0.14 s, launch 0.021 s."
    )


def test_an_analysis_without_phases_is_an_error():
    """A Bazel that prints something else must not leave a target without its reason."""
    with pytest.raises(ValueError, match=r"must list phases, got 'nothing'"):
        phases("nothing")
