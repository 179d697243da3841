"""Tests that the examples on the components' pages run, with KFP's local runner."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import catalog
from tools.examples import example


@pytest.mark.parametrize("entry", catalog.catalog(), ids=lambda entry: entry["name"])
def test_the_example_runs(tmp_path, entry):
    """The example on a component's page runs to its end, and the component has all of its outputs."""
    source = example(entry)
    page = Path("docs/components", f"{entry['name']}.md").read_text(encoding="utf-8")
    assert f"```python\n{source}```" in page
    (tmp_path / "example.py").write_text(source, encoding="utf-8")
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout
    logged = [output["name"] for output in entry["outputs"] if f"{output['name']}:" in done.stdout]
    assert logged == [output["name"] for output in entry["outputs"]]
