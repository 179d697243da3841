"""What is read from Bazel's profile."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.bazel_profile import Profile, Step, actions, listed, phases, read_events, total
from benchmarks.costs import Use


def action(name: str, mnemonic: str, microseconds: int) -> dict:
    return {
        "cat": "action processing",
        "name": name,
        "ph": "X",
        "ts": 2_000_000,
        "dur": microseconds,
        "args": {"mnemonic": mnemonic},
    }


EVENTS = [
    {"name": "thread_name", "ph": "M", "args": {"name": "Critical Path"}},
    {"cat": "build phase marker", "name": "Build", "ph": "i", "ts": 500_000},
    action("Testing //a:fast_test", "TestRunner", 1_000_000),
    action("Packing //a:layer", "PyLayer", 2_000_000),
    action("Testing //a:slow_test", "TestRunner", 3_000_000),
    {"cat": "critical path component", "name": "Testing //a:slow_test", "ts": 0, "dur": 3_000_000},
]


def test_the_profile_of_the_last_command_is_read(tmp_path: Path):
    """Bazel writes its profile, compressed, into its output base."""
    with gzip.open(tmp_path / "command.profile.gz", "wt", encoding="utf-8") as file:
        json.dump({"otherData": {}, "traceEvents": EVENTS}, file)
    assert read_events(tmp_path) == EVENTS


def test_actions_of_a_kind_are_listed_once_with_the_slowest_first():
    """Other actions are left out, and so is the critical path, which repeats some."""
    found = actions(EVENTS, "TestRunner")
    assert found == [Step("//a:slow_test", 3.0), Step("//a:fast_test", 1.0)]
    assert listed(found) == "//a:slow_test 3 s, //a:fast_test 1 s"
    assert actions(EVENTS, "KfpCompile") == []


def test_the_time_of_events_with_a_name_is_added_up():
    """Bazel says how long it prepares sandboxes and runs processes, for each action."""
    runs = [{"cat": "general information", "name": "run", "ts": 0, "dur": 250_000}] * 2
    assert total([*EVENTS, *runs], "run") == 0.5


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
