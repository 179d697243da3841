"""Tests of tools/mutation: which tests a mutant is run against, and which modules are mutated."""

import pytest

from tools.mutation.mutation import find_tests, modules_of


@pytest.fixture
def workspace(tmp_path):
    """A library of three modules and a wrapper, and tests of two of the modules."""
    files = {
        "kfp_component_lib/_build_info.py": "VERSION = '1'",
        "kfp_component_lib/a.py": "def work(): return 1",
        "kfp_component_lib/b.py": "def use():\n    from kfp_component_lib.a import work\n",
        "kfp_component_lib/c.py": "",
        "kfp_component_lib/components/x/w.py": "from kfp_component_lib import c",
        "tests/test_a.py": "from kfp_component_lib import a",
        "tests/sub/test_b.py": "import kfp_component_lib.b",
        "tests/test_other.py": "import os",
        "tests/pipelines/test_p.py": "from kfp_component_lib import a",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_tests_of_a_module_reach_it_directly_or_by_one_other(workspace):
    """Imports inside functions count; wrappers are not followed, and pipelines take too long."""
    found = find_tests("kfp_component_lib/a.py", workspace)
    assert found == ["tests/sub/test_b.py", "tests/test_a.py"]
    assert find_tests("kfp_component_lib/b.py", workspace) == ["tests/sub/test_b.py"]
    assert find_tests("kfp_component_lib/c.py", workspace) == []


def test_all_modules_but_wrappers_and_generated_ones_are_mutated(workspace):
    """Without a path the whole library is mutated."""
    assert modules_of([], workspace) == [f"kfp_component_lib/{name}.py" for name in "abc"]
    assert modules_of(["kfp_component_lib/b.py"], workspace) == ["kfp_component_lib/b.py"]


def test_an_unknown_path_is_refused(workspace):
    """The message names the path."""
    with pytest.raises(SystemExit, match=r"PATH must be a module or folder .*/d\.py"):
        modules_of(["kfp_component_lib/d.py"], workspace)
