"""Lets pytest run in the checkout, with .venv: it skips the tests that need Bazel.

A test takes from its environment what its target has built, such as the path of an image. Only Bazel
sets these variables, so a test that misses one is skipped, whether it does so when it is imported or
when it runs.
"""

import os
from pathlib import Path

import pytest


def missing_variable(error: BaseException | None) -> str | None:
    """Return the name of the environment variable whose absence raised an error, or None."""
    if not isinstance(error, KeyError) or error.__traceback__ is None:
        return None
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    raised_by_environ = last.tb_frame.f_code is type(os.environ).__getitem__.__code__
    return error.args[0] if raised_by_environ else None


def skip(report: pytest.CollectReport | pytest.TestReport, path: Path, error: BaseException | None):
    """Turn a failed report into a skipped one if only Bazel could have prevented the error."""
    if report.failed and (name := missing_variable(error)):
        report.outcome = "skipped"
        report.longrepr = (str(path), 1, f"Skipped: needs Bazel, which sets {name}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """Skip a module that needs Bazel to be imported."""
    report = yield
    call = getattr(report, "call", None)
    return skip(report, collector.path, call.excinfo.value if call and call.excinfo else None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Skip a test that needs Bazel to run."""
    return skip((yield), item.path, call.excinfo.value if call.excinfo else None)
