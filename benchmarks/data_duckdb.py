"""The work of the components as queries of DuckDB, in a separate process.

    python -m benchmarks.data_duckdb COMPONENT ROWS FOLDER

It prints its seconds, processor time and memory. All settings are DuckDB's own: as many threads as
cores, at most 80 % of the memory, and rows in the order of the source.
"""

import functools
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.data_bins import distances, ridge, scores
from benchmarks.data_process import (
    BARS,
    BINS,
    CLASSIFIED,
    DEVIATION,
    FEATURES,
    HIGH,
    INTERCEPT,
    LOW,
    MEAN,
    NAMES,
    QUANTILES,
    REGRESSION_METRICS,
    SCORE_BINS,
    SIZES,
    WEIGHTS,
    Work,
    main,
    parts,
    write_figures,
)


def _connected(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that finds files of the folder by their names."""
    database = duckdb.connect()
    database.execute("SET file_search_path = $1", [str(folder)])
    return database


def _query(folder: Path, query: str, values: Sequence[object] = ()) -> list[tuple]:
    with _connected(folder) as database:
        return database.execute(query, values).fetchall()


def _copy(folder: Path, query: str, out: Path, values: Sequence[object] = ()) -> None:
    _query(folder, f"COPY ({query}) TO '{out}' (FORMAT parquet)", values)


def _convert(folder: Path, _rows: int, source: str) -> None:
    _copy(folder, f"FROM {source}", folder / "out.parquet")


def _profile(folder: Path, _rows: int) -> None:
    table = _query(folder, " UNION ALL ".join(map(_summary, NAMES)))
    figures = {}
    for name, row in zip(NAMES, table, strict=True):
        found = dict(zip(_SUMMARY, row, strict=True))
        bars = _histogram(folder, name, "numbers.parquet", found["min"], found["max"])
        figures[name] = found | {"histogram": bars.tolist()}
    write_figures(folder, figures)


_SUMMARY = {
    "missing": "count(*) - count({0}) + count(*) FILTER (isnan({0}))",
    "infinite": "count(*) FILTER (isinf({0}))",
    "mean": "avg({0})",
    "std": "stddev_samp({0})",
    "min": "min({0})",
    "max": "max({0})",
    "quantiles": f"quantile_cont({{0}}, {QUANTILES})",
    "distinct": "approx_count_distinct({0})",
    "skewness": "skewness({0})",
    "kurtosis": "kurtosis({0})",
}


def _summary(name: str) -> str:
    figures = ", ".join(figure.format(name) for figure in _SUMMARY.values())
    return f"SELECT {figures} FROM 'numbers.parquet'"


def _histogram(
    folder: Path, value: str, source: str, low: float, high: float, bars: int = BARS
) -> np.ndarray:
    """Return the number of values in bars of equal width."""
    query = f"""SELECT least(floor(({value} - $1) * $2), $3)::INT AS bar, count(*)
        FROM '{source}' GROUP BY bar"""
    counts = np.zeros(bars, np.int64)
    for bar, rows in _query(folder, query, [low, bars / (high - low), bars - 1]):
        counts[bar] = rows
    return counts


def _validate(folder: Path, _rows: int) -> None:
    types = _query(folder, "DESCRIBE FROM 'numbers.parquet'")
    # Counting with FILTER reads the values, where others would be answered from the footer alone.
    query = """SELECT count(*) FILTER (y IS NULL), count(*) FILTER (x1 IS NULL),
        count(*) FILTER (NOT x1 BETWEEN $1 AND $2) FROM 'numbers.parquet'"""
    (found,) = _query(folder, query, [LOW, HIGH])
    figures = {"types": sum(kind != "DOUBLE" for _, kind, *_ in types)}
    write_figures(
        folder, figures | dict(zip(("y null", "x1 null", "x1 range"), found, strict=True))
    )


def _split(folder: Path, _rows: int) -> None:
    """Order the rows by a hash, and cut where the parts have exactly their sizes."""
    rows = "read_parquet('numbers.parquet', file_row_number = true)"
    borders = np.cumsum(SIZES)[:-1].tolist()
    ((ends,),) = _query(
        folder, f"SELECT quantile_disc(hash(file_row_number), {borders}) FROM {rows}"
    )
    ranges = zip([-1, *ends], [*ends, 2**64], parts(folder), strict=True)
    for low, high, out in ranges:
        inside = f"hash(file_row_number) > {low} AND hash(file_row_number) <= {high}"
        _copy(folder, f"SELECT {', '.join(NAMES)} FROM {rows} WHERE {inside}", out)


def _scale(folder: Path, moments: Sequence[tuple[float, float]]) -> None:
    scaled = [
        f"(coalesce({name}, {mean!r}) - {mean!r}) / {deviation!r} AS {name}"
        for name, (mean, deviation) in zip(FEATURES, moments, strict=True)
    ]
    _copy(folder, f"SELECT y, {', '.join(scaled)} FROM 'numbers.parquet'", folder / "out.parquet")


def _fit_transform(folder: Path, _rows: int) -> None:
    figures = ", ".join(f"avg({name}), stddev_pop({name})" for name in FEATURES)
    (found,) = _query(folder, f"SELECT {figures} FROM 'numbers.parquet'")
    moments = list(zip(found[::2], found[1::2], strict=True))
    _scale(folder, moments)
    write_figures(folder, dict(zip(FEATURES, moments, strict=True)))


def _apply(folder: Path, _rows: int) -> None:
    _scale(folder, [(MEAN, DEVIATION)] * len(FEATURES))


def _ridge(folder: Path, _rows: int) -> None:
    columns = [*FEATURES, "1.0::DOUBLE", "y"]
    sums = [f"sum({a} * {b})" for n, a in enumerate(columns) for b in columns[n:]]
    (found,) = _query(folder, f"SELECT {', '.join(sums)} FROM 'numbers.parquet'")
    write_figures(folder, ridge(found, len(columns)))


def _predict(folder: Path, _rows: int) -> None:
    terms = [f"{weight!r} * {name}" for weight, name in zip(WEIGHTS, FEATURES, strict=True)]
    predicted = f"{' + '.join(terms)} + {INTERCEPT!r} AS prediction"
    _copy(folder, f"SELECT *, {predicted} FROM 'numbers.parquet'", folder / "out.parquet")


def _evaluate_regression(folder: Path, _rows: int) -> None:
    query = """SELECT avg(error), avg(abs(error)), sqrt(avg(error * error)), max(abs(error)),
        1 - avg(error * error) / var_pop(y), min(error), max(error)
        FROM (SELECT y, prediction - y AS error FROM 'predicted.parquet')"""
    ((*metrics, low, high),) = _query(folder, query)
    bars = _histogram(folder, "(prediction - y)", "predicted.parquet", low, high)
    figures = dict(zip(REGRESSION_METRICS, metrics, strict=True))
    write_figures(folder, figures | {"histogram": bars.tolist()})


def _evaluate_classification(folder: Path, _rows: int) -> None:
    y, prediction, probability = (f'"{name}"' for name in CLASSIFIED)
    query = f"""SELECT {y} AS true, {prediction} AS found, count(*) AS rows,
        least(floor({probability} * {SCORE_BINS}), {SCORE_BINS - 1})::INT AS bin,
        sum(-ln(greatest(CASE {y} WHEN 1 THEN {probability} ELSE 1 - {probability} END, 1e-16))) AS loss,
        sum(({probability} - {y}) ** 2) AS square
        FROM 'classified.parquet' GROUP BY ALL"""
    with _connected(folder) as database:
        write_figures(folder, scores(database.execute(query).fetchnumpy()))


def _drift(folder: Path, _rows: int) -> None:
    ends = ", ".join(f"min({name}), max({name})" for name in NAMES)
    both = "read_parquet(['numbers.parquet', 'others.parquet'])"
    (found,) = _query(folder, f"SELECT {ends} FROM {both}")
    figures = {}
    for name, low, high in zip(NAMES, found[::2], found[1::2], strict=True):
        old, new = (
            _histogram(folder, name, f"{side}.parquet", low, high, BINS)
            for side in ("numbers", "others")
        )
        figures[f"drift of {name}"] = distances(old, new)
    write_figures(folder, figures)


def _wide(folder: Path, _columns: int) -> None:
    found = _query(folder, "SUMMARIZE FROM 'wide.parquet'")
    (folder / "page.html").write_text(json.dumps(found, default=str), encoding="utf-8")


_WORKS: dict[str, Work] = {
    "load_tabular_dataset (csv)": functools.partial(_convert, source="read_csv('numbers.csv')"),
    "load_tabular_dataset (jsonl)": functools.partial(
        _convert, source="read_ndjson('numbers.jsonl')"
    ),
    "load_tabular_dataset (parquet)": functools.partial(_convert, source="'numbers.parquet'"),
    "profile_dataset": _profile,
    "profile_dataset, many columns": _wide,
    "validate_dataset": _validate,
    "split_dataset": _split,
    "fit_transform_features": _fit_transform,
    "apply_transform": _apply,
    "train_linear_model (ridge)": _ridge,
    "batch_predict": _predict,
    "evaluate_regression": _evaluate_regression,
    "evaluate_classification": _evaluate_classification,
    "detect_drift": _drift,
}


if __name__ == "__main__":
    main(_WORKS)
