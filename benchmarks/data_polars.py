"""The work of the components as lazy queries of Polars' streaming engine, in a separate process.

    python -m benchmarks.data_polars COMPONENT ROWS FOLDER

It prints its seconds, processor time and memory. All settings are those of Polars, such as a thread
for each core, but for the compression, which is that of the other ways.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

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


def _figures(rows: pl.LazyFrame, figures: Mapping[str, pl.Expr]) -> dict[str, Any]:
    """Compute figures of a whole table in one pass."""
    return rows.select(**figures).collect(engine="streaming").row(0, named=True)


def _numbers(folder: Path) -> pl.LazyFrame:
    return pl.scan_parquet(folder / "numbers.parquet")


def _write(rows: pl.LazyFrame, folder: Path) -> None:
    rows.sink_parquet(folder / "out.parquet", compression="snappy")


def _convert(folder: Path, _rows: int, name: str, scan: Callable[..., pl.LazyFrame]) -> None:
    _write(scan(folder / name), folder)


def _bars(
    rows: pl.LazyFrame, value: pl.Expr, low: float, high: float, bars: int = BARS
) -> np.ndarray:
    """Return the number of values in bars of equal width."""
    bar = ((value - low) * (bars / (high - low))).floor().clip(0, bars - 1).cast(pl.Int32)
    counted = rows.group_by(bar=bar).len().collect(engine="streaming")
    counts = np.zeros(bars, np.int64)
    counts[counted["bar"].to_numpy()] = counted["len"].to_numpy()
    return counts


def _profile(folder: Path, _rows: int) -> None:
    found = {name: _figures(_numbers(folder), _summary(pl.col(name))) for name in NAMES}
    write_figures(folder, found)


def _summary(column: pl.Expr) -> dict[str, pl.Expr]:
    return {
        "missing": column.null_count() + column.is_nan().sum(),
        "infinite": column.is_infinite().sum(),
        "mean": column.mean(),
        "std": column.std(),
        "min": column.min(),
        "max": column.max(),
        "quantiles": column.quantile(QUANTILES, "linear"),
        "distinct": column.approx_n_unique(),
        "skewness": column.skew(),
        "kurtosis": column.kurtosis(),
        "histogram": column.hist(bin_count=BARS).implode(),
    }


def _validate(folder: Path, _rows: int) -> None:
    rows = _numbers(folder)
    types = sum(kind != pl.Float64 for kind in rows.collect_schema().values())
    figures = {f"{name} null": pl.col(name).null_count() for name in ("y", "x1")}
    figures["x1 range"] = (~pl.col("x1").is_between(LOW, HIGH)).sum()
    write_figures(folder, {"types": types, **_figures(rows, figures)})


def _split(folder: Path, rows: int) -> None:
    """Draw which rows go to which part; the parts have exactly their sizes."""
    borders = np.round(np.cumsum([0, *SIZES]) * rows).astype(int)
    drawn = np.repeat(np.arange(len(SIZES), dtype=np.uint8), np.diff(borders))
    np.random.default_rng(0).shuffle(drawn)
    assigned = _numbers(folder).with_columns(part=pl.Series(drawn))
    sinks = [
        assigned.filter(pl.col("part") == part)
        .drop("part")
        .sink_parquet(out, compression="snappy", lazy=True)
        for part, out in enumerate(parts(folder))
    ]
    pl.collect_all(sinks, engine="streaming")


def _scale(folder: Path, moments: Sequence[tuple[float, float]]) -> None:
    scaled = [
        (pl.col(name).fill_null(mean) - mean) / deviation
        for name, (mean, deviation) in zip(FEATURES, moments, strict=True)
    ]
    _write(_numbers(folder).with_columns(scaled), folder)


def _fit_transform(folder: Path, _rows: int) -> None:
    moments = [(pl.col(name).mean(), pl.col(name).std(ddof=0)) for name in FEATURES]
    figures = {f"{n} {m}": each for n, pair in enumerate(moments) for m, each in enumerate(pair)}
    found = list(_figures(_numbers(folder), figures).values())
    pairs = list(zip(found[::2], found[1::2], strict=True))
    _scale(folder, pairs)
    write_figures(folder, dict(zip(FEATURES, pairs, strict=True)))


def _apply(folder: Path, _rows: int) -> None:
    _scale(folder, [(MEAN, DEVIATION)] * len(FEATURES))


def _ridge(folder: Path, _rows: int) -> None:
    columns = [*FEATURES, "one", "y"]
    pairs = [(a, b) for n, a in enumerate(columns) for b in columns[n:]]
    sums = {f"{a} {b}": (pl.col(a) * pl.col(b)).sum() for a, b in pairs}
    found = _figures(_numbers(folder).with_columns(one=pl.lit(1.0)), sums)
    write_figures(folder, ridge(list(found.values()), len(columns)))


def _predict(folder: Path, _rows: int) -> None:
    terms = [weight * pl.col(name) for weight, name in zip(WEIGHTS, FEATURES, strict=True)]
    predicted = functools.reduce(pl.Expr.add, terms, pl.lit(INTERCEPT))
    _write(_numbers(folder).with_columns(prediction=predicted), folder)


def _evaluate_regression(folder: Path, _rows: int) -> None:
    rows = pl.scan_parquet(folder / "predicted.parquet")
    error = pl.col("prediction") - pl.col("y")
    metrics = [
        error.mean(),
        error.abs().mean(),
        (error**2).mean().sqrt(),
        error.abs().max(),
        1 - (error**2).mean() / pl.col("y").var(ddof=0),
    ]
    figures = dict(zip(REGRESSION_METRICS, metrics, strict=True))
    found = _figures(rows, figures | {"low": error.min(), "high": error.max()})
    bars = _bars(rows, error, found.pop("low"), found.pop("high"))
    write_figures(folder, found | {"histogram": bars.tolist()})


def _evaluate_classification(folder: Path, _rows: int) -> None:
    true, found, probability = map(pl.col, CLASSIFIED)
    chance = pl.when(true == 1).then(probability).otherwise(1 - probability)
    groups = (
        pl.scan_parquet(folder / "classified.parquet")
        .group_by(
            true=true,
            found=found,
            bin=(probability * SCORE_BINS).floor().clip(0, SCORE_BINS - 1).cast(pl.Int32),
        )
        .agg(
            rows=pl.len(),
            loss=-chance.clip(1e-16).log().sum(),
            square=((probability - true) ** 2).sum(),
        )
        .collect(engine="streaming")
    )
    write_figures(folder, scores({column.name: column.to_numpy() for column in groups}))


def _drift(folder: Path, _rows: int) -> None:
    sides = [_numbers(folder), pl.scan_parquet(folder / "others.parquet")]
    ends = {f"{name} min": pl.col(name).min() for name in NAMES}
    ends |= {f"{name} max": pl.col(name).max() for name in NAMES}
    found = _figures(pl.concat(sides), ends)
    figures = {}
    for name in NAMES:
        reach = found[f"{name} min"], found[f"{name} max"]
        old, new = (_bars(side, pl.col(name), *reach, BINS) for side in sides)
        figures[f"drift of {name}"] = distances(old, new)
    write_figures(folder, figures)


def _wide(folder: Path, _columns: int) -> None:
    """Compute the same figures for all columns at once, in memory.

    Polars' `describe` takes sixty times as long for 500 columns, and its streaming engine six times.
    """
    rows = pl.scan_parquet(folder / "wide.parquet")
    names = rows.collect_schema().names()
    named = {name: _summary(pl.col(name)) for name in names}
    figures = {f"{name} {key}": figure for name in names for key, figure in named[name].items()}
    found = rows.select(**figures).collect(engine="in-memory").row(0, named=True)
    write_figures(folder, found)


_WORKS: dict[str, Work] = {
    "load_tabular_dataset (csv)": functools.partial(_convert, name="numbers.csv", scan=pl.scan_csv),
    "load_tabular_dataset (jsonl)": functools.partial(
        _convert, name="numbers.jsonl", scan=pl.scan_ndjson
    ),
    "load_tabular_dataset (parquet)": functools.partial(
        _convert, name="numbers.parquet", scan=pl.scan_parquet
    ),
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
