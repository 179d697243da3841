"""Judges what each component does with a file: correct, an error that explains, or wrong.

A success is compared with readers that share no code with the library: DuckDB for Parquet, Python's
csv and json for text. DuckDB is not a requirement of this workspace but has its own venv; if
`CORPUS_DUCKDB` does not name the Python of that venv, results from Parquet remain unconfirmed. Anything
that is neither a success nor a DataError is wrong.
"""

import csv
import gzip
import io
import json
import math
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.data_processing import features, loading, profiling, splitting, validation
from kfp_component_lib.data_processing.text_types import MISSING
from kfp_component_lib.deployment import prediction
from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation import classification, drift, regression
from kfp_component_lib.statistics.storage import read_profile
from kfp_component_lib.tables.arrays import column_kind
from kfp_component_lib.training import linear

RIGHT, REFUSED, WRONG, UNCONFIRMED = "right", "DataError", "wrong", "unconfirmed"
DUCKDB = "CORPUS_DUCKDB"
"""The environment variable that names the Python of a venv with DuckDB."""

_READER = Path(__file__).with_name("duckdb_reader.py")
_DIFFERENT, _UNREADABLE = 3, 4


@dataclass(frozen=True)
class Verdict:
    """The verdict on a component for a file.

    Attributes:
        component: Name of the component.
        outcome: `RIGHT`, `REFUSED` or `WRONG`; or `UNCONFIRMED` if the component succeeded, but no
            other reader can read the file.
        detail: The message of an error, or the problem.
    """

    component: str
    outcome: str
    detail: str = ""


class UnconfirmedError(Exception):
    """No other reader can read the file."""


def format_of(path: Path) -> str:
    """Return the format that the extension or else a folder names, and otherwise Parquet."""
    endings = dict.fromkeys(("json", "jsonl", "ndjson"), "jsonl") | dict.fromkeys(
        ("csv", "tsv"), "csv"
    )
    endings["parquet"] = "parquet"
    ending = path.name.lower().removesuffix(".gz").split(".")[-1]
    said = [ending, *(folder.name for folder in path.parents)]
    return next((endings[name] for name in said if name in endings), "parquet")


def judge(path: Path, names: Sequence[str] = (), **options: object) -> list[Verdict]:
    """Run every component that reads a table on a file.

    Args:
        path: A file, or a folder of Parquet files.
        names: Components to run in addition to `load_tabular_dataset`; all of them if empty.
        **options: Options for loading the file.

    Returns:
        A verdict for `load_tabular_dataset` and, if it can read the file or the file is Parquet,
        for every other component.
    """
    with tempfile.TemporaryDirectory() as folder:
        place, form = Path(folder), format_of(path)
        verdicts = [_verdict("load_tabular_dataset", lambda: _load(path, form, place, options))]
        data = path if form == "parquet" and not options else place / "loaded"
        if not data.exists():
            return verdicts
        for name in names or _USES:
            use = _USES.get(name)
            if not use:
                continue
            out = place / name
            out.mkdir()
            verdicts.append(_verdict(name, partial(use, data, out)))
        return verdicts


def _verdict(name: str, use: Callable[[], object]) -> Verdict:
    try:
        use()
    except DataError as error:
        text = str(error)
        explains = " must " in text and ", got " in text
        return Verdict(name, REFUSED if explains else WRONG, text)
    except UnconfirmedError as error:
        return Verdict(name, UNCONFIRMED, str(error))
    except Exception as error:  # noqa: BLE001 - Any other error is wrong.
        return Verdict(name, WRONG, f"{type(error).__name__}: {error}")
    return Verdict(name, RIGHT)


def _load(path: Path, form: str, place: Path, options: dict) -> None:
    out = place / "loaded"
    stated = loading.ReadOptions(**options)
    rows = loading.load_table(path, out, form, stated)["rows"]
    table = pq.ParquetFile(out).read()  # This reads columns with the same name as well.
    assert table.num_rows == rows, (
        f"the metadata states {rows} rows, but there are {table.num_rows}"
    )
    table.validate(full=True)
    _READERS[form](path, out, table, stated)


def _same_as_duckdb(path: Path, out: Path, table: pa.Table, options: loading.ReadOptions) -> None:
    """Compare the rows of two Parquet files, in any order, as DuckDB reads them."""
    python = os.environ.get(DUCKDB)
    if not python:
        raise UnconfirmedError("DuckDB is not installed")
    command = [python, str(_READER), str(path), str(out), *table.column_names]
    done = subprocess.run(command, check=False, text=True, capture_output=True)
    assert done.returncode != _DIFFERENT, done.stdout
    if done.returncode == _UNREADABLE or done.returncode < 0:
        raise UnconfirmedError(done.stdout.strip() or f"DuckDB ended by signal {-done.returncode}")
    done.check_returncode()


def _same_as_csv(path: Path, out: Path, table: pa.Table, options: loading.ReadOptions) -> None:
    """Compare each cell with the text that Python's csv reads."""
    text = _text(path).decode(options.encoding.replace("utf8", "utf-8-sig"))
    quoting: Any = csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE
    lines = io.StringIO(text, newline="")
    reader = csv.reader(
        lines, delimiter=options.delimiter or ",", quotechar=options.quote or None, quoting=quoting
    )
    rows = [row for row in reader if row]
    names = list(options.column_names) or rows[0]
    body = rows[1:] if options.header else rows
    assert table.num_rows == len(body), f"{table.num_rows} rows, csv reads {len(body)}"
    places = [n for n, name in enumerate(names) if name not in options.drop]
    places = [names.index(name) for name in options.columns] or places
    for column, place in zip(table.columns, places, strict=True):
        texts = column.cast(pa.string()) if column_kind(column.type) == "time" else column
        for value, row in zip(texts.to_pylist(), body, strict=True):
            same = _means(value, row[place], column.type, options)
            assert same, f"{value!r} for the text {row[place]!r} as {column.type}"


def _text(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def _means(value: object, text: str, kind: pa.DataType, options: loading.ReadOptions) -> bool:
    """Return whether a value is what the text of a cell means."""
    if value is None:
        nulls = ["", *options.null_values] if options.null_values else MISSING
        return text == "" or (text in nulls and (bool(options.null_values) or kind != pa.string()))
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int | float | Decimal):
        number = text.strip(" \t").replace(options.decimal, ".")
        return (
            Decimal(value) == Decimal(number)
            if isinstance(value, int)
            else value == type(value)(number)
        )
    if column_kind(kind) == "time":
        return _moment(str(value)) == _moment(text.strip(" \t"))
    return value == text


def _moment(text: str) -> object:
    return datetime.fromisoformat(text) if "-" in text else text.removesuffix(":00")


def _same_as_json(path: Path, out: Path, table: pa.Table, options: loading.ReadOptions) -> None:
    """Compare each row with the object that Python's json reads from its line."""
    lines = _text(path).decode("utf-8-sig").split("\n")
    rows = [json.loads(line, parse_constant=_no_constant) for line in lines if line.strip()]
    assert len(rows) == table.num_rows, f"{table.num_rows} rows, json reads {len(rows)}"
    assert {*table.column_names} == {name for row in rows for name in row} - {*options.drop}
    for mine, theirs in zip(table.to_pylist(), rows, strict=True):
        for name, value in mine.items():
            assert _same(value, theirs.get(name)), f"{value!r} for {theirs.get(name)!r}"


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def _same(value: object, other: object) -> bool:
    """Return whether a value equals that of JSON; a missing field is null."""
    if isinstance(value, dict):
        return isinstance(other, dict) and all(_same(value[k], other.get(k)) for k in value)
    if isinstance(value, list):
        return (
            isinstance(other, list) and len(value) == len(other) and all(map(_same, value, other))
        )
    return value == other and isinstance(value, bool) == isinstance(other, bool)


_READERS = {"parquet": _same_as_duckdb, "csv": _same_as_csv, "jsonl": _same_as_json}


def _read(path: Path) -> pa.Table:
    """Read a table for comparison, without the columns of a pandas index."""
    with tempfile.TemporaryDirectory() as folder:
        loading.load_table(path, Path(folder) / "table")
        return pq.ParquetFile(Path(folder) / "table").read()


def _profile(data: Path, out: Path) -> None:
    metrics = profiling.profile_table(data, out / "profile", out / "page")
    table = _read(data)
    assert metrics["rows"] == table.num_rows
    assert metrics["columns"] == table.num_columns
    profile = read_profile(out / "profile", "it")
    for column, values in zip(profile.columns, table.columns, strict=True):
        assert column.nulls == values.null_count, f"{column.nulls} nulls in {column.name!r}"
        if column.kind == "number" and column.moment.spread.count:
            _same_moments(column, values)


def _same_moments(column: object, values: pa.ChunkedArray) -> None:
    numbers = np.array([float(v) for v in values.to_pylist() if v is not None], np.float64)
    finite = numbers[np.isfinite(numbers)]
    assert column.moment.spread.count == len(finite)
    with np.errstate(over="ignore"):
        mean, bound = math.fsum(finite / len(finite)), np.abs(finite).sum()
    # If a sum of the values can overflow in some order, the mean is not checked.
    close = np.isclose(column.moment.spread.mean, mean, rtol=1e-9, atol=1e-300)
    assert close or not np.isfinite(bound), column.name


def _merge(data: Path, out: Path) -> None:
    profiling.profile_table(data, out / "profile", out / "page")
    merged = profiling.merge_profiles([out / "profile"] * 2, out / "merged", out / "page")
    assert merged["rows"] == 2 * _read(data).num_rows


def _validate(data: Path, out: Path) -> None:
    table = _read(data)
    names = [n for n in table.column_names if table.column_names.count(n) == 1]
    schema = {name: str(table.schema.field(name).type) for name in names}
    rules = {name: {"not_null": True} for name in names}
    result = validation.validate_table(data, out / "report", schema, rules, 0, fail_on_error=False)
    assert result.metrics["rows"] == table.num_rows
    found = {each.column: each.violations for each in result.rules if each.rule.startswith("not")}
    wanted = {name: _missing(table[name]) for name in names}
    assert found == wanted, f"{found} nulls, but there are {wanted}"
    types = [each for each in result.rules if each.rule.startswith("type") and each.violations]
    assert not types, f"{types} are types that the table itself has"


def _missing(column: pa.ChunkedArray) -> int:
    if not pa.types.is_floating(column.type):
        return column.null_count
    return sum(value is None or math.isnan(value) for value in column.to_pylist())


def _split(data: Path, out: Path) -> None:
    table = _read(data)
    outs = [out / name for name in "abc"]
    splitting.split_table(data, outs, [0.5, 0.25, 0.25])
    parts = [pq.ParquetFile(each).read() for each in outs]
    assert sum(part.num_rows for part in parts) == table.num_rows
    assert all(part.schema.names == table.schema.names for part in parts)


def _fit(data: Path, out: Path) -> None:
    keep = _others(data)
    features.fit_transform_features(data, out / "fitted", out / "transform", keep=keep)
    fitted = pq.read_table(out / "fitted")
    assert fitted.num_rows == _read(data).num_rows
    for name in fitted.column_names:
        if name not in keep:
            assert np.isfinite(fitted[name].to_numpy()).all(), f"{name!r} is not finite"


def _apply(data: Path, out: Path) -> None:
    keep = _others(data)
    features.fit_transform_features(data, out / "fitted", out / "transform", keep=keep)
    features.apply_transform(data, out / "transform", out / "applied")
    fitted, applied = pq.read_table(out / "fitted"), pq.read_table(out / "applied")
    assert applied.schema == fitted.schema
    for mine, other in zip(applied.columns, fitted.columns, strict=True):
        # NaN does not equal itself, but its text does.
        same = mine.equals(other) or str(mine.to_pylist()) == str(other.to_pylist())
        assert same, "apply differs from what fit has done"


def _others(data: Path) -> list[str]:
    """Return the columns that are neither numbers nor categories, which a fit must keep."""
    schema = _read(data).schema
    kinds = {each.name: column_kind(each.type) for each in schema}
    return [name for name, kind in kinds.items() if kind not in ("number", "category")]


def _drift(data: Path, out: Path) -> None:
    found = drift.detect_drift(data, data, out / "report", out / "page")
    assert not found.drifted, "a table has drifted from itself"


def _train(data: Path, out: Path) -> tuple[str, dict]:
    names = [e.name for e in _read(data).schema if column_kind(e.type) == "number"]
    label = names[0] if names else "none"
    found = linear.train_linear_model(data, out / "model", label, features=names[1:])
    assert all(map(math.isfinite, found.values())), found
    return label, found


def _predict(data: Path, out: Path) -> None:
    _train(data, out)
    rows = prediction.predict_table(data, out / "model", out / "predicted")["rows"]
    predicted = pq.read_table(out / "predicted")
    assert rows == predicted.num_rows == _read(data).num_rows
    assert np.isfinite(predicted["prediction"].to_numpy()).all()


def _regress(data: Path, out: Path) -> None:
    label, _ = _train(data, out)
    prediction.predict_table(data, out / "model", out / "predicted")
    found = regression.evaluate_regression(out / "predicted", out / "page", label)
    table = pq.read_table(out / "predicted")
    truth = np.array([float(v) for v in table[label].to_pylist()])
    errors = np.abs(truth - table["prediction"].to_numpy())
    assert np.isclose(found["mean_absolute_error"], errors.mean(), rtol=1e-6, atol=1e-12), found


def _classify(data: Path, out: Path) -> None:
    table = _read(data)
    categories = [e.name for e in table.schema if column_kind(e.type) == "category"]
    numbers = [e.name for e in table.schema if column_kind(e.type) == "number"]
    label = categories[0] if categories else "none"
    linear.train_linear_model(data, out / "model", label, "classification", features=numbers)
    prediction.predict_table(data, out / "model", out / "predicted")
    found = classification.evaluate_classification(out / "predicted", out / "page", label)
    predicted = pq.read_table(out / "predicted")
    pairs = zip(predicted[label].to_pylist(), predicted["prediction"].to_pylist(), strict=True)
    right = np.mean([str(one) == str(other) for one, other in pairs])
    assert np.isclose(found.metrics["accuracy"], right), found.metrics


_USES: dict[str, Callable[[Path, Path], object]] = {
    "profile_dataset": _profile,
    "merge_profiles": _merge,
    "validate_dataset": _validate,
    "split_dataset": _split,
    "fit_transform_features": _fit,
    "apply_transform": _apply,
    "detect_drift": _drift,
    "train_linear_model": _train,
    "batch_predict": _predict,
    "evaluate_regression": _regress,
    "evaluate_classification": _classify,
}
"""Runs each component on a table, and compares the result with the content of the table."""
