"""Tests of the acceptance test's own parts: what it compares, keeps in the store, and says."""

from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import kfp_server_api
import pytest

from e2e.acceptance import contents
from e2e.acceptance.backend import Backend
from e2e.acceptance.checks import results
from e2e.acceptance.cluster_main import outcome_of
from e2e.acceptance.library import results_here, results_there
from e2e.acceptance.outcome import BrokenError, NotShownError, table, write_junit
from e2e.acceptance.store import Store


@pytest.fixture
def store(tmp_path):
    """A folder of this machine in the place of an object store."""
    for execution in ("id-a", "id-b"):
        (tmp_path / "bucket/mine/runs/p/1/train" / execution / "model_out").mkdir(parents=True)
    return Store("minio://bucket/mine", f"file://{tmp_path}/bucket/mine")


def _record(folder):
    """Return the record of a run here: a loop of two, each with a model, which is a folder."""
    tasks = []
    for number, content in enumerate(["one", "two"]):
        path = folder / str(number) / "model_out"
        path.mkdir(parents=True)
        (path / "weights").write_text(content)
        artifact = {"path": str(path)}
        tasks.append(
            {
                "name": f"loop-{number}/train-{number + 1}",
                "state": "succeeded",
                "artifacts": {"model_out": [artifact]},
            }
        )
    return {"tasks": [*tasks, {"name": "importer", "state": "imported", "artifacts": {}}]}


def _fill(store, last="two"):
    """Put there what a cluster writes, in another order."""
    store.put("runs/p/1/train/id-b/model_out/weights", last.encode())
    store.put("runs/p/1/train/id-a/model_out/weights", b"one")
    store.put("runs/p/1/train/id-a/executor-logs-0", b"log")


def test_equal_artifacts_are_equal(tmp_path, store):
    """Neither the order of a loop's tasks nor a cluster's logs make a difference."""
    _fill(store)
    here, there = results_here(_record(tmp_path)), results_there(store.digests("runs/p/1"))
    assert here == there
    assert list(here) == [("train", "model_out")]
    assert results._differing(here, there) == []


def test_another_artifact_is_named(tmp_path, store):
    """One byte of one shard is enough."""
    _fill(store, last="Two")
    here, there = results_here(_record(tmp_path)), results_there(store.digests("runs/p/1"))
    assert results._differing(here, there) == ["train.model_out"]


def test_missing_artifact_is_named(tmp_path):
    """What a cluster did not write is a difference."""
    assert results._differing(results_here(_record(tmp_path)), {}) == ["train.model_out"]


def test_nothing_starts_when_time_is_up():
    """A run that is started only to be ended costs the cluster pods and shows nothing."""
    backend = Backend(kfp_server_api.ApiClient(), "", "mine", "minio://bucket/mine", deadline=0)
    with pytest.raises(BrokenError, match="hello must start in time, but time is up"):
        backend.start(SimpleNamespace(name="hello"), {})


def _raise(error):
    raise error


def test_a_broken_comparison_does_not_hide_the_others():
    """What was seen of the pipelines before and behind it is said too."""
    with pytest.raises(BrokenError, match=r"^b differs\na: equal\nc: equal$"):
        results.together(
            [lambda: "a: equal", lambda: _raise(BrokenError("b differs")), lambda: "c: equal"]
        )
    assert results.together([lambda: "a: equal", lambda: "c: equal"]) == "a: equal\nc: equal"


def _page(where, when, mean):
    facts = f"<dl><dt>data set</dt><dd>{where}</dd><dt>mean</dt><dd>{mean}</dd></dl>"
    page = f"<!DOCTYPE html>\n<meta charset='utf-8'><p>{mean}</p>{facts}<footer>on {when}</footer>"
    return page.encode()


def test_a_page_is_what_it_says_of_the_data():
    """Neither its time nor the address of the data counts; any figure does."""
    here, there = _page("/tmp/data", "Monday", 1.5), _page("minio://b/data", "Friday", 1.5)
    assert contents.digest(here) == contents.digest(there)
    assert contents.digest(here) != contents.digest(_page("/tmp/data", "Monday", 1.6))
    assert contents.digest(b"one") != contents.digest(b"two")


def test_store_removes_what_it_holds(tmp_path, store):
    """And nothing beside its folder."""
    (tmp_path / "bucket" / "other").write_text("stays")
    _fill(store)
    assert store.put("data", b"x") == "minio://bucket/mine/data"
    assert store.local_copy("minio://bucket/mine/data", tmp_path).read_bytes() == b"x"
    assert (store.remove(), store.remove()) == (4, 0)
    assert (tmp_path / "bucket" / "other").read_text() == "stays"


def _check(name, raised=None):
    def check(_):
        if raised:
            raise raised
        return "seen"

    module = ModuleType(f"checks.{name}")
    module.HOLDS, module.check = f"{name} holds", check
    return module


def test_a_check_that_breaks_down_is_broken(tmp_path):
    """It does not keep the others from running, and table and JUnit say what became of each."""
    checks = [
        _check("good"),
        _check("bad", BrokenError("no such thing")),
        _check("skipped", NotShownError("no claim")),
        _check("crashed", KeyError("x")),
    ]
    outcomes = [outcome_of(check, None) for check in checks]
    written = table(outcomes)
    assert "no such thing" in written
    assert "KeyError" in written
    assert written.endswith("1 held, 2 BROKEN, 1 not shown")
    write_junit(outcomes, tmp_path / "junit.xml")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    counts = {key: suite.get(key) for key in ("tests", "failures", "skipped")}
    assert counts == {"tests": "4", "failures": "2", "skipped": "1"}
    kinds = {case.get("name"): case[0].tag for case in suite}
    assert kinds == {
        "good": "system-out",
        "bad": "failure",
        "skipped": "skipped",
        "crashed": "failure",
    }
