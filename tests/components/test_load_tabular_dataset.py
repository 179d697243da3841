"""Tests of the component load_tabular_dataset, run by KFP's local runner."""

import re
from dataclasses import fields

import pandas as pd
import pytest
from google.protobuf import json_format
from kfp import compiler, components, dsl
from kfp.dsl import Dataset, Input

from kfp_component_lib.components import load_tabular_dataset
from kfp_component_lib.data_processing.read_options import ReadOptions


@pytest.fixture
def csv(tmp_path):
    """A CSV file of two rows."""
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n")
    return tmp_path / "in.csv"


def test_a_path_is_loaded(runner, csv):
    """A CSV file on a mounted volume becomes Parquet with the selected columns."""
    task = runner.run(load_tabular_dataset, path=str(csv), format="csv", columns=["b"])
    assert pd.read_parquet(task.paths["data_out"])["b"].tolist() == ["x", "y"]
    assert task.metadata["data_out"] == {"rows": 2, "columns": 1, "schema": "b: string"}


def test_an_artifact_is_loaded(runner, csv):
    """An artifact is loaded like a path."""
    task = runner.run(load_tabular_dataset, data=csv, format="csv")
    assert task.metadata["data_out"]["rows"] == 2


def test_a_table_past_the_limit_fails(runner, csv, capfd):
    """The task fails and says which limit to raise."""
    with pytest.raises(RuntimeError, match="load-tabular-dataset"):
        runner.run(load_tabular_dataset, path=str(csv), format="csv", row_limit=1)
    assert "row_limit must be at least the number of rows, got 1" in "".join(capfd.readouterr())


def test_a_path_is_never_answered_from_the_cache(tmp_path):
    """KFP does not see the files at a path, so only a task with a path starts with caching off."""

    @dsl.pipeline(name="inner")
    def inner(path: str):
        load_tabular_dataset(path=path)

    @dsl.pipeline(name="outer")
    def outer(path: str, data: Input[Dataset]):
        inner(path=path)
        load_tabular_dataset(path="/data")
        load_tabular_dataset(data=data)
        load_tabular_dataset(path="", data=data)

    spec = json_format.MessageToDict(outer.pipeline_spec)
    nested = spec["components"]["comp-inner"]["dag"]["tasks"]
    cached = [
        bool(task.get("cachingOptions"))
        for name, task in sorted(
            {**spec["root"]["dag"]["tasks"], "a": nested["load-tabular-dataset"]}.items()
        )
        if name != "inner"
    ]
    assert cached == [False, False, True, True]


def test_a_component_from_yaml_still_says_what_it_reads(tmp_path):
    """The compiled component names the parameter, for users who load it without the decorator."""
    compiler.Compiler().compile(load_tabular_dataset, str(tmp_path / "it.yaml"))
    loaded = components.load_component_from_file(str(tmp_path / "it.yaml"))
    variables = loaded.component_spec.implementation.container.env
    assert {"name": "KFP_OUTSIDE_INPUTS", "value": "path"} in variables


def test_read_options_are_handed_on(runner, tmp_path):
    """What the user knows of the file decides how it is read."""
    (tmp_path / "in.csv").write_text("id;zip\n1;00501\n2;10001\n")
    options = {"delimiter": ";", "drop": ["id"], "column_types": {"zip": "int64"}}
    task = runner.run(
        load_tabular_dataset, path=str(tmp_path / "in.csv"), format="csv", read_options=options
    )
    assert task.metadata["data_out"]["schema"] == "zip: int64"


def test_an_unknown_read_option_fails(runner, csv, capfd):
    """The task fails and says which option it does not know, and which one may be meant."""
    options = {"delimitr": ";"}
    with pytest.raises(RuntimeError, match="load-tabular-dataset"):
        runner.run(load_tabular_dataset, path=str(csv), format="csv", read_options=options)
    log = "".join(capfd.readouterr())
    assert "load_tabular_dataset.read_options['delimitr'] must be one of the options drop" in log
    assert "Write 'delimiter' if you mean that." in log


def test_every_read_option_is_documented():
    """The description of read_options has each of the options that the loader knows."""
    arguments = load_tabular_dataset.python_func.__doc__.partition("read_options:")[2]
    documented = set(re.findall(r'^ +"(\w+)":', arguments, re.MULTILINE))
    assert documented == {field.name for field in fields(ReadOptions)} - {"columns"}
