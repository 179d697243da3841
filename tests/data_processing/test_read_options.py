"""Tests of kfp_component_lib.data_processing.read_options."""

import pytest

from kfp_component_lib.data_processing.read_options import ReadOptions
from kfp_component_lib.errors import DataError


def test_the_inputs_become_options():
    """Options that are not stated have their defaults."""
    options = ReadOptions.from_input({"delimiter": ";", "header": False}, ["a"])
    assert options == ReadOptions(columns=["a"], delimiter=";", header=False)
    options.require("csv")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("delimitr", r"Write 'delimiter' if you mean that\."),
        ("column_type", r"Write 'column_types' if you mean that\."),
        ("sep", r"Leave it out or correct its name\."),
        ("columns", r"Choose columns by the input of that name, or leave others out with drop\."),
    ],
)
def test_an_unknown_option_is_refused(name, message):
    """The message shows the option as it was written, all options, and what to do."""
    wanted = rf"^load_tabular_dataset\.read_options\['{name}'\] must be one of the options drop, "
    with pytest.raises(DataError, match=rf"{wanted}.*column_names, got ';'\. {message}$"):
        ReadOptions.from_input({name: ";"}, [])


@pytest.mark.parametrize("options", [["delimiter"], ";", None])
def test_options_that_are_no_mapping_are_refused(options):
    """The message says that the options must be a mapping."""
    with pytest.raises(DataError, match=r"^load_tabular_dataset\.read_options must map options"):
        ReadOptions.from_input(options, [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"drop": "id"}, r"read_options\['drop'\] must be a list of texts, got 'id'"),
        ({"null_values": [0.0]}, r"read_options\['null_values'\] must be a list of texts"),
        ({"column_names": None}, r"read_options\['column_names'\] must be a list of texts"),
        ({"column_types": {"n": 8.0}}, r"read_options\['column_types'\] must map texts to texts"),
        ({"column_types": ["n"]}, r"read_options\['column_types'\] must map texts to texts"),
        ({"delimiter": 9.0}, r"read_options\['delimiter'\] must be a text, got 9\.0"),
        ({"encoding": None}, r"read_options\['encoding'\] must be a text, got None"),
        ({"header": "no"}, r"read_options\['header'\] must be true or false, got 'no'"),
        ({"header": 0.0}, r"read_options\['header'\] must be true or false, got 0\.0"),
        ({"delimiter": ";;"}, r"read_options\['delimiter'\] must be one character, got ';;'"),
        ({"delimiter": "é"}, r"read_options\['delimiter'\] must be one character"),
        ({"decimal": ""}, r"read_options\['decimal'\] must be one character, got ''"),
        ({"decimal": ","}, r"read_options\['decimal'\] must differ from delimiter and quote"),
        ({"quote": "''"}, r"read_options\['quote'\] must be one character or empty"),
        ({"quote": ","}, r"read_options\['decimal'\] must differ from delimiter and quote"),
        ({"encoding": "utf9"}, r"read_options\['encoding'\] must be an encoding, got 'utf9'"),
        ({"column_names": ["a", "a"]}, r"read_options\['column_names'\] must be different"),
        (
            {"column_types": {"n": "int"}},
            r"read_options\['column_types'\]\['n'\] must be the name of an Arrow type, got 'int'",
        ),
    ],
)
def test_an_option_that_breaks_its_rule_is_refused(options, message):
    """The message names the option as the user of the component wrote it."""
    with pytest.raises(DataError, match=rf"^load_tabular_dataset\.{message}"):
        ReadOptions.from_input(options, []).require("csv")


def test_columns_are_chosen_or_left_out():
    """Columns may be chosen or dropped, but not both, which could be contradictory."""
    with pytest.raises(DataError, match=r"\['drop'\] must be empty if columns is not"):
        ReadOptions.from_input({"drop": ["a"]}, ["b"]).require("csv")


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    "option",
    [{"delimiter": ";"}, {"header": False}, {"null_values": ["-"]}, {"encoding": "cp1252"}],
)
def test_options_of_csv_are_for_csv(format, option):
    """An option that would be ignored is refused; an empty list counts as not stated."""
    with pytest.raises(DataError, match=f"must be left out for the format {format}"):
        ReadOptions.from_input(option, []).require(format)
    ReadOptions.from_input({"null_values": [], "drop": ["a"]}, []).require(format)
