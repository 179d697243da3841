"""The work of every component, on columns of every kind: numbers, texts, dates, nulls."""

import datetime
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_N_ROWS = 60
_DAY = datetime.date(2024, 2, 28)
_FEATURES = ["x", "count", "flag"]


def write_inputs(folder: Path) -> None:
    """Write the tables that the workloads read."""
    rows = range(_N_ROWS)
    times = [datetime.datetime(2024, 1, 1, 12) + datetime.timedelta(hours=n) for n in rows]
    texts = [None if n % 7 == 0 else f"text {n % 5}" for n in rows]
    columns = {
        "x": pa.array([n * 0.37 % 1 for n in rows]),
        "count": pa.array([n * n % 11 for n in rows], pa.int32()),
        "flag": pa.array([n % 3 == 0 for n in rows]),
        "y": pa.array([n * 0.37 % 1 + n % 4 for n in rows]),
        "class": pa.array(["no" if n % 4 < 2 else "yes" for n in rows]),
        "chance": pa.array([0.2 if n % 4 < 2 else 0.8 for n in rows]),
        "number": pa.array([[1.5, float("nan"), None, -0.0][n % 4] for n in rows]),
        "whole": pa.array([None if n % 9 == 0 else 2**62 + n for n in rows]),
        "unsigned": pa.array([2**64 - 1 - n for n in rows], pa.uint64()),
        "decimal": pa.array([decimal.Decimal(n) / 4 for n in rows], pa.decimal128(10, 2)),
        "text": pa.array(texts),
        "large": pa.array(texts, pa.large_string()),
        "bytes": pa.array([None if n % 6 == 0 else bytes([n % 3, 255]) for n in rows]),
        "dictionary": pa.array(texts).dictionary_encode(),
        "date": pa.array([None if n % 8 == 0 else _DAY + datetime.timedelta(n) for n in rows]),
        "day": pa.array([_DAY + datetime.timedelta(n % 2) for n in rows]),
        "micro": pa.array(times, pa.timestamp("us", "UTC")),
        "nano": pa.array([n * 86_400_000_000_001 for n in rows], pa.timestamp("ns")),
        "part": pa.array([n % 2 * 1_000_001 for n in rows], pa.timestamp("ns")),
        "clock": pa.array([n * 1_000_003 for n in rows], pa.time64("ns")),
        "length": pa.array([n * 1001 for n in rows], pa.duration("ns")),
        "nothing": pa.nulls(_N_ROWS),
        "list": pa.array([None if n % 5 == 0 else [n] for n in rows]),
    }
    pq.write_table(pa.table(columns), folder / "data", row_group_size=25)
    header = "n,text,day\n"
    (folder / "data.csv").write_text(header + "".join(f"{n},t{n},2024-01-0{n}\n" for n in range(9)))
    lines = (f'{{"n": {n}, "when": "2024-01-0{n} 10:00:00", "text": null}}\n' for n in range(9))
    (folder / "data.jsonl").write_text("".join(lines))


def apply_transform(folder, out):
    """Texts, booleans, bytes and numbers with gaps are transformed; dates are passed on."""
    fit_transform_features(folder, out)
    from kfp_component_lib.data_processing.features import apply_transform

    apply_transform(out / "chosen", out / "transform", out / "applied")


def batch_predict(folder, out):
    """Numbers, and classes of each kind, are predicted."""
    train_linear_model(folder, out)
    from kfp_component_lib.deployment.prediction import predict_table

    for model in ("y", "class", "flag"):
        predict_table(folder / "data", out / f"model_{model}", out / f"predicted_{model}")


def copy_model(folder, out):
    """A folder is copied with its digest."""
    train_linear_model(folder, out)
    from kfp_component_lib.content import content_digest, copy_content

    digest = content_digest(out / "model_y", "copy_model.model")
    copy_content(out / "model_y", out / "copied", digest, "copy_model.model")


def detect_drift(folder, out):
    """All columns are compared with themselves, and with a part of their rows."""
    from kfp_component_lib.data_processing.splitting import split_table
    from kfp_component_lib.evaluation.drift import detect_drift

    split_table(folder / "data", [out / "some", out / "rest"], [0.5, 0.5])
    detect_drift(folder / "data", out / "some", out / "report.md", out / "page.html")


def digest_artifact(folder, out):
    """A file has a digest."""
    from kfp_component_lib.content import content_digest

    (out / "digest").write_text(content_digest(folder / "data", "digest_artifact.data"))


def evaluate_classification(folder, out):
    """Classes are texts, numbers, booleans, days or nanoseconds."""
    from kfp_component_lib.evaluation.classification import evaluate_classification

    for label in ("count", "flag", "day", "part"):
        evaluate_classification(folder / "data", out / f"{label}.html", label, label)
    evaluate_classification(folder / "data", out / "class.html", "class", "class", "chance")


def evaluate_regression(folder, out):
    """Numbers are compared with numbers of another type."""
    from kfp_component_lib.evaluation.regression import evaluate_regression

    evaluate_regression(folder / "data", out / "page.html", "y", "count")


def fit_transform_features(folder, out):
    """Texts, booleans, bytes and numbers with gaps are learned; dates are passed on."""
    from kfp_component_lib.data_processing.features import fit_transform_features
    from kfp_component_lib.data_processing.loading import ReadOptions, load_table

    learned = ["x", "number", "whole", "decimal", "flag", "text", "bytes", "dictionary"]
    kept = ["date", "micro", "nano", "list"]
    load_table(folder / "data", out / "chosen", "parquet", ReadOptions([*learned, *kept]))
    for impute in ("mean", "median"):
        outs = (out / "fitted", out / "transform")
        fit_transform_features(out / "chosen", *outs, kept, impute, "minmax")


def list_shard_groups(folder, out):
    """Nothing is read or written."""
    from kfp_component_lib.data_processing.shards import list_shard_groups

    (out / "groups").write_text(str(list_shard_groups(5, 2)))


def list_shards(folder, out):
    """Nothing is read or written."""
    from kfp_component_lib.data_processing.shards import list_shards

    (out / "shards").write_text(str(list_shards(5, 1, 2)))


def load_tabular_dataset(folder, out):
    """Every format is read."""
    from kfp_component_lib.data_processing.loading import load_table

    for name, format in (("data", "parquet"), ("data.csv", "csv"), ("data.jsonl", "jsonl")):
        load_table(folder / name, out / name, format)


def make_numeric_dataset(folder, out):
    """More than one block is written."""
    from kfp_component_lib.data_processing.numeric_data import write_numeric_data

    write_numeric_data(70_000, out / "data")


def make_tabular_dataset(folder, out):
    """More than one block is written, with gaps, for both tasks."""
    from kfp_component_lib.data_processing.tabular_data import write_tabular_data

    for task in ("regression", "classification"):
        write_tabular_data(out / task, 70_000, 3, task, 0.1)


def merge_profiles(folder, out):
    """Profiles of columns of all kinds are merged."""
    profile_dataset(folder, out)
    from kfp_component_lib.data_processing.profiling import merge_profiles

    merge_profiles([out / "profile"] * 2, out / "merged", out / "page.html")


def profile_dataset(folder, out):
    """Columns of all kinds are profiled."""
    from kfp_component_lib.data_processing.profiling import profile_table

    profile_table(folder / "data", out / "profile", out / "page.html")


def split_dataset(folder, out):
    """Rows are split at random, by classes, and by keys of each kind."""
    from kfp_component_lib.data_processing.splitting import split_table

    outs = [out / "train", out / "test"]
    split_table(folder / "data", outs, [0.8, 0.2])
    for column in ("text", "date", "flag"):
        split_table(folder / "data", outs, [0.8, 0.2], stratify_column=column)
    for column in ("count", "number", "decimal", "bytes", "dictionary", "nano", "clock", "length"):
        split_table(folder / "data", outs, [0.8, 0.2], key_column=column)


def train_linear_model(folder, out):
    """Models predict a number, and classes that are texts, booleans or numbers."""
    from kfp_component_lib.training.linear import train_linear_model

    train_linear_model(folder / "data", out / "model_y", "y", features=_FEATURES)
    for label in ("class", "flag"):
        features = [name for name in _FEATURES if name != label]
        model = out / f"model_{label}"
        train_linear_model(folder / "data", model, label, "classification", features=features)


def predict_tree_model(folder, out):
    """A number and classes of each kind are predicted."""
    train_tree_model(folder, out)
    from kfp_component_lib.deployment.tree_prediction import predict_with_trees

    for label in ("y", "class", "flag"):
        predict_with_trees(folder / "data", out / f"trees_{label}", out / f"predicted_{label}")


def train_tree_model(folder, out):
    """Numbers, booleans and texts of each kind are features, with gaps; classes are of each kind."""
    from kfp_component_lib.training.trees import TreeOptions, train_tree_model

    features = ["x", "number", "decimal", "text", "large", "bytes", "dictionary"]
    for label, task in (
        ("y", "regression"),
        ("class", "classification"),
        ("flag", "classification"),
    ):
        outs = out / f"trees_{label}", out / f"trees_{label}.html"
        options = TreeOptions(rounds=2)
        train_tree_model(folder / "data", *outs, label, task, features, "chance", options)


def validate_dataset(folder, out):
    """Each rule is broken by columns of each kind that supports it, so that an example is shown."""
    from kfp_component_lib.data_processing.validation import validate_table

    rules = {
        **{name: {"not_null": True, "values": [1]} for name in ("text", "date", "number", "bytes")},
        **{name: {"values": ["other"]} for name in ("nano", "micro", "clock", "length", "decimal")},
        "x": {"min": 0.9, "max": 0.95, "values": [0.37]},
        "large": {"pattern": "text [0-3]"},
        "dictionary": {"pattern": "[a-z]+"},
    }
    schema = {"x": "double", "day": "int64"}
    result = validate_table(folder / "data", out / "report", schema, rules, fail_on_error=False)
    assert sum(each.violations > 0 for each in result.rules) > 10
