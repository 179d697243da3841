"""Every component, with inputs that cannot be read and outputs that cannot be written."""

import contextlib
import resource

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib import components, content
from kfp_component_lib.data_processing import (
    features,
    loading,
    numeric_data,
    profiling,
    splitting,
    tabular_data,
    validation,
)
from kfp_component_lib.deployment import prediction, tree_prediction
from kfp_component_lib.errors import DataError, OutputError
from kfp_component_lib.evaluation import classification, drift, regression
from kfp_component_lib.training import linear, trees

_ONE_ROUND = trees.TreeOptions(rounds=1)

# Each entry calls the function of a component on a table, with valid inputs, into a folder.
_CALLS = {
    "apply_transform": lambda data, good, out: features.apply_transform(
        data, good / "transform", out / "a"
    ),
    "batch_predict": lambda data, good, out: prediction.predict_table(
        data, good / "model", out / "a"
    ),
    "copy_model": lambda data, good, out: content.copy_content(
        data, out / "a", content.content_digest(good / "data", "it"), "copy_model.model"
    ),
    "detect_drift": lambda data, good, out: drift.detect_drift(
        good / "data", data, out / "a", out / "b"
    ),
    "evaluate_classification": lambda data, good, out: classification.evaluate_classification(
        data, out / "a", "label", "label", "share"
    ),
    "evaluate_regression": lambda data, good, out: regression.evaluate_regression(
        data, out / "a", "y", "x"
    ),
    "fit_transform_features": lambda data, good, out: features.fit_transform_features(
        data, out / "a", out / "b"
    ),
    "load_tabular_dataset": lambda data, good, out: loading.load_table(data, out / "a"),
    "make_numeric_dataset": lambda data, good, out: numeric_data.write_numeric_data(9, out / "a"),
    "make_tabular_dataset": lambda data, good, out: tabular_data.write_tabular_data(out / "a", 9),
    "merge_profiles": lambda data, good, out: profiling.merge_profiles(
        [data], out / "a", out / "b"
    ),
    "predict_tree_model": lambda data, good, out: tree_prediction.predict_with_trees(
        data, good / "trees", out / "a"
    ),
    "profile_dataset": lambda data, good, out: profiling.profile_table(data, out / "a", out / "b"),
    "split_dataset": lambda data, good, out: splitting.split_table(
        data, [out / name for name in "abc"], [0.5, 0.5, 0.0]
    ),
    "train_linear_model": lambda data, good, out: linear.train_linear_model(
        data, out / "a", "y", features=["x"]
    ),
    "train_tree_model": lambda data, good, out: trees.train_tree_model(
        data, out / "a", out / "b", "y", features=["x"], options=_ONE_ROUND
    ),
    "validate_dataset": lambda data, good, out: validation.validate_table(
        data, out / "a", rules={"x": {"min": 0}}
    ),
}
_READERS = sorted(_CALLS.keys() - {"make_numeric_dataset", "make_tabular_dataset"})
_FORM = r"(?s)^\S.* must .*, got .*\. \S.*"


def _form(name):
    """Return the form of an error, which names one of the component's own inputs."""
    inputs = "|".join(getattr(components, name).component_spec.inputs)
    return rf"(?s)^{name}\.({inputs})( of '\w+')? must .*, got .*\. \S.*"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A folder of valid inputs."""
    folder = tmp_path_factory.mktemp("good")
    n_rows = 1000
    table = {
        "x": [float(n % 97) for n in range(n_rows)],
        "y": [float(n % 89) for n in range(n_rows)],
        "label": ["no", "yes"] * (n_rows // 2),
        "share": [n / n_rows for n in range(n_rows)],
    }
    pq.write_table(pa.table(table), folder / "data", compression="zstd", use_dictionary=False)
    pq.write_table(pa.table(table).select(["x", "y"]), folder / "numbers")
    features.fit_transform_features(folder / "data", folder / "fitted", folder / "transform")
    linear.train_linear_model(folder / "data", folder / "model", "y", features=["x"])
    outs = folder / "trees", folder / "trees.html"
    trees.train_tree_model(folder / "data", *outs, "y", features=["x"], options=_ONE_ROUND)
    profiling.profile_table(folder / "data", folder / "profile", folder / "page")
    return folder


# These components return values instead of artifacts.
_WITHOUT_ARTIFACTS = ["digest_artifact", "list_shard_groups", "list_shards"]


def _source(name, good):
    return good / ("profile" if name == "merge_profiles" else "data")


def test_no_component_is_left_out():
    """A new component needs an entry here, unless it writes no artifacts."""
    assert sorted([*_CALLS, *_WITHOUT_ARTIFACTS]) == sorted(components.__all__)


@pytest.mark.parametrize("name", sorted(_CALLS))
def test_with_inputs_that_are_fine_it_works(good, tmp_path, name):
    """Otherwise the faults below would prove nothing."""
    _CALLS[name](_source(name, good), good, tmp_path)
    assert any(tmp_path.iterdir())


def _damaged(content):
    """Keep the beginning and end of Parquet; the footer's length precedes the last 4 bytes."""
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:4] + bytes(byte ^ 0xFF for byte in content[4:end]) + content[end:]


_FAULTS = {
    "missing": lambda path, content: None,
    "an empty file": lambda path, content: path.write_bytes(b""),
    "not Parquet": lambda path, content: path.write_bytes(b"x,y\n1,2\n" * 100),
    "truncated": lambda path, content: path.write_bytes(content[:-100]),
    "damaged": lambda path, content: path.write_bytes(_damaged(content)),
    "an empty folder": lambda path, content: path.mkdir(),
    "two schemas": lambda path, content: _two_schemas(path),
}


def _two_schemas(path):
    path.mkdir()
    for name in "ab":
        pq.write_table(pa.table({name: [1]}), path / f"{name}.parquet")


@pytest.mark.parametrize("fault", sorted(_FAULTS))
@pytest.mark.parametrize("name", _READERS)
def test_what_cannot_be_read_is_refused(good, tmp_path, name, fault):
    """The message states the rule, the value and the fix; there is no output."""
    out = tmp_path / "out"
    out.mkdir()
    _FAULTS[fault](tmp_path / "faulty", _source(name, good).read_bytes())
    with pytest.raises(DataError, match=_form(name)):
        _CALLS[name](tmp_path / "faulty", good, out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("name", sorted(_CALLS))
def test_an_unwritable_place_is_named(good, tmp_path, name):
    """An output below something that is not a folder is refused, and nothing is changed."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match=_FORM) as refused:
        _CALLS[name](_source(name, good), good, tmp_path / "file")
    assert str(tmp_path / "file") in str(refused.value)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", sorted(_CALLS))
def test_a_disk_that_is_full_leaves_nothing(good, tmp_path, name):
    """After a write that failed halfway, the former output is there, and no other."""
    (tmp_path / "a").write_text("former")
    with _room_for(100), pytest.raises(OutputError, match=_FORM):
        _CALLS[name](_source(name, good), good, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "former"


@contextlib.contextmanager
def _room_for(n_bytes):
    """Limit the size of files in this process, which fails like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


_NAN = float("nan")
_NO_ROWS = pa.table({"x": [0.0], "y": [0.0], "label": ["no"], "share": [0.5]}).slice(0, 0)
_CONTENTS = {
    "no rows": (
        _NO_ROWS,
        "detect_drift evaluate_classification evaluate_regression "
        "fit_transform_features train_linear_model train_tree_model validate_dataset",
    ),
    "a missing column": (
        pa.table({"z": [1.0]}),
        "apply_transform batch_predict "
        "evaluate_classification evaluate_regression predict_tree_model train_linear_model "
        "train_tree_model validate_dataset",
    ),
    "texts for numbers": (
        pa.table({"x": ["a"] * 2, "y": ["b"] * 2, "label": ["no", "yes"], "share": ["c"] * 2}),
        "apply_transform batch_predict evaluate_classification "
        "evaluate_regression predict_tree_model train_linear_model train_tree_model validate_dataset",
    ),
    "NaN": (
        pa.table({"x": [_NAN] * 2, "y": [1.0, 2.0], "label": ["no", "yes"], "share": [_NAN] * 2}),
        "batch_predict evaluate_classification evaluate_regression train_linear_model validate_dataset",
    ),
}
_CASES = [(c, name) for c, (_, names) in _CONTENTS.items() for name in names.split()]


@pytest.mark.parametrize(("content", "name"), _CASES)
def test_content_that_cannot_be_used_is_refused(good, tmp_path, content, name):
    """The message names the column or the rows; only a validation leaves its report."""
    pq.write_table(_CONTENTS[content][0], tmp_path / "faulty")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(DataError, match=_form(name)):
        _CALLS[name](tmp_path / "faulty", good, out)
    assert [path.name for path in out.iterdir()] == (["a"] if name == "validate_dataset" else [])


def test_a_label_of_one_class_is_refused(good, tmp_path):
    """A classification needs two classes."""
    pq.write_table(pa.table({"x": [0.0, 1.0], "y": ["no", "no"]}), tmp_path / "data")
    with pytest.raises(DataError, match=_FORM):
        linear.train_linear_model(tmp_path / "data", tmp_path / "model", "y", "classification")
    assert not (tmp_path / "model").exists()
