"""What the data suite makes of the costs that its processes print."""

import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from benchmarks import data
from benchmarks.results import Case
from benchmarks.sampling import Profile
from benchmarks.session import Session

_PROFILE = Profile(2.0, {"tables.reading:_counted": 1.5}, 100, 200_000_000, "a:b")


@dataclass(frozen=True)
class FakeProcesses(data._Processes):
    """Prints costs that grow with the rows; those of Polars are least."""

    done: list[tuple[str, str, int]] = field(default_factory=list)

    def run(self, way: str, name: str, rows: int) -> str:
        self.done.append((way, name, rows))
        factor = {"ours": 3, "pandas": 9, "duckdb": 2, "polars": 1}.get(way, 1)
        cost = {"value": factor * rows / 1e8, "cpu": factor * rows / 1e8, "peak": int(1e8 + rows)}
        return json.dumps(cost)

    def profile(self, name: str, rows: int) -> Profile:
        self.done.append(("profile", name, rows))
        return Profile(**asdict(_PROFILE))

    def clear(self) -> None:
        """Do nothing."""


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProcesses:
    monkeypatch.setattr(data, "free_disk", lambda _folder: 10**15)
    return FakeProcesses(tmp_path, Path("no python"))


def measured(processes: FakeProcesses, quick: bool, *sizes: int) -> dict[str, Case]:
    session = Session(processes.folder, processes.folder, quick, ExitStack())
    suite = data._Suite(session, processes)
    for rows in sizes:
        suite.measure_size(rows)
    return {case.name: case for case in suite.result()}


def test_the_better_peer_is_that_of_the_target(processes: FakeProcesses):
    """The target names the peer with the smaller median, and the reason is a profile."""
    case = measured(processes, False, 10**6, 10**7)["profile_dataset, 1e+07 rows"]
    beside, memory = case.targets
    assert (beside.over, beside.under, beside.at_most) == ("ours", "polars", 1.0)
    assert beside.measure == "cpu"
    assert beside.if_missed == _PROFILE.time_in_words()
    assert (memory.measure, memory.at_most, memory.if_missed) == ("peak", 210e6, "")


def test_what_has_no_target_is_not_profiled(processes: FakeProcesses):
    """A million rows show growth alone, and only what missed a target is run again."""
    cases = measured(processes, False, 10**6)
    assert [case.name for case in cases.values() if case.targets] == []
    assert not [each for each in processes.done if each[0] == "profile"]


def test_making_data_stands_beside_pandas(processes: FakeProcesses):
    """There is no other peer; training a logistic regression has none."""
    cases = measured(processes, False, 10**7)
    (beside, _) = cases["make_tabular_dataset, 1e+07 rows"].targets
    assert (beside.over, beside.under, beside.at_least) == ("pandas", "ours", 3)
    (memory,) = cases["train_linear_model (logistic), 1e+07 rows"].targets
    assert memory.measure == "peak"


def test_most_rows_are_for_our_memory_alone(processes: FakeProcesses):
    """The largest size is compared with the smallest, and says why it is not flat."""
    cases = measured(processes, False, 10**6, 10**8)
    assert {way for way, name, rows in processes.done if rows == 10**8} >= {"ours", "floor"}
    assert ("duckdb", "profile_dataset", 10**8) not in processes.done
    case = cases["profile_dataset: peak memory of ours"]
    assert case.ratio("1e+08 rows", "1e+06 rows") > 1.5
    assert case.targets[0].if_missed == _PROFILE.memory_in_words()
    note = cases["load_tabular_dataset (csv), 1e+08 rows"].ways[0].note
    assert note == "not run: the text file takes too long to write"


def test_rounds_are_fewer_where_they_are_dear(processes: FakeProcesses):
    """Three rounds; pandas once for many rows unless it is the peer; one in a quick run."""
    cases = measured(processes, False, 10**6, 10**7)
    counts = {way.name: len(way.costs) for way in cases["split_dataset, 1e+07 rows"].ways}
    assert counts == {"ours": 3, "pandas": 1, "duckdb": 3, "polars": 3}
    assert len(cases["make_numeric_dataset, 1e+07 rows"].way("pandas").costs) == 3
    quick = measured(processes, True, 10**6)["split_dataset, 1e+06 rows"]
    assert {len(way.costs) for way in quick.ways} == {1}
    assert quick.targets


def test_many_columns_have_a_limit_and_grow_linearly(processes: FakeProcesses):
    """Only the largest table has the limit of seconds; growth is that of the first to the last."""
    session = Session(processes.folder, processes.folder, False, ExitStack())
    suite = data._Suite(session, processes)
    for columns in (1000, 2000, 4000):
        suite.measure_columns(columns)
    assert [len(case.targets) for case in suite.wide] == [0, 0, 1]
    (limit,), (growth,) = suite.wide[-1].targets, suite.growth
    assert (limit.under, limit.at_most) == ("", 8)
    assert growth.ratio("4000 columns", "1000 columns") == pytest.approx(4)


def test_other_results_end_the_suite():
    """A way whose figures differ is not measured on."""
    component = data._Component("c")
    left = {"pandas": {"mean": 1.0}, "ours": {}, "duckdb": {"mean": 1.0}, "polars": {"mean": 2.0}}
    with pytest.raises(RuntimeError, match="polars must compute what pandas does, but mean is 2"):
        data._check_agreement(component, left)
