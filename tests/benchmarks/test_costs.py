"""Tests of what is counted, not of how long it takes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.costs import Cost, cost_of, run, take_turns

_WORK = "import time\nwhile time.process_time() < 0.3: pass"


def test_processor_time_of_the_command_is_counted():
    """The processor time includes that of the command's children."""
    nested = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_WORK!r}], check=True)"
    )
    assert run([sys.executable, "-c", nested]).cpu >= 0.3
    assert cost_of(lambda: subprocess.run([sys.executable, "-c", _WORK], check=True)).cpu >= 0.3


def test_processor_time_of_a_server_is_counted_besides(tmp_path: Path):
    """The processor time includes that of a server's children, which do the work."""
    asked, done = tmp_path / "asked", tmp_path / "done"
    serve = f"""
import pathlib, subprocess, sys, time
while not pathlib.Path({str(asked)!r}).exists(): time.sleep(0.01)
subprocess.run([sys.executable, "-c", {_WORK!r}], check=True)
pathlib.Path({str(done)!r}).touch()
time.sleep(60)
"""
    ask = f"touch {asked}; until [ -e {done} ]; do sleep 0.01; done"
    with subprocess.Popen([sys.executable, "-c", serve]) as server:
        assert run(["sh", "-c", ask], server=lambda: server.pid).cpu >= 0.3
        server.terminate()


def test_a_failure_shows_the_output():
    """The error shows the output, so that the reader knows why the command failed."""
    with pytest.raises(RuntimeError, match=r"got 3 of: (.|\n)*what went wrong"):
        run([sys.executable, "-c", "print('what went wrong'); raise SystemExit(3)"])


def test_ways_take_turns_and_expensive_ones_leave_early():
    """The order is A, B, A, B, A, and not A, A, A, B, B."""
    order: list[str] = []

    def way(name: str) -> Callable[[], Cost]:
        def measured() -> Cost:
            order.append(name)
            return Cost(1.0)

        return measured

    costs = take_turns({"a": way("a"), "b": way("b")}, {"a": 3, "b": 2}, lambda _text: None)
    assert order == ["a", "b", "a", "b", "a"]
    assert {name: len(found) for name, found in costs.items()} == {"a": 3, "b": 2}
