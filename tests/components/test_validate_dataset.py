"""Tests of the component validate_dataset, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.components import validate_dataset

_RULES = {"age": {"min": 0}}


@pytest.fixture
def data(tmp_path):
    """A table that breaks the rule once."""
    pd.DataFrame({"age": [1, -1]}).to_parquet(tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize(("lowest", "passed"), [(0, False), (-1, True)])
def test_the_outcome_is_a_parameter(runner, data, lowest, passed):
    """Whether the rules hold is an output that a pipeline can branch on."""
    rules = {"age": {"min": lowest}}
    task = runner.run(validate_dataset, data=data, rules=rules, fail_on_error=False)
    assert task.parameters == {"passed": passed}
    assert task.metadata["metrics_out"]["violations"] == (not passed)
    assert "min = " in task.paths["report_out"].read_text()


def test_a_broken_rule_fails_the_task(runner, data, capfd):
    """By default a broken rule is an error that names it."""
    with pytest.raises(RuntimeError, match="validate-dataset"):
        runner.run(validate_dataset, data=data, schema={"age": "int64"}, rules=_RULES)
    assert "data must keep min = 0 in 'age', got '1 violations such as -1" in "".join(
        capfd.readouterr()
    )
