"""The work of the components with this library or with plain pandas, in a separate process.

    python -m benchmarks.data_ways WAY COMPONENT ROWS FOLDER      prints the cost
    python -m benchmarks.data_ways prepare FILE ROWS FOLDER       writes an input
    python -m benchmarks.data_ways profile COMPONENT ROWS FOLDER  prints where the library's time goes

The plain way reads the whole table into a DataFrame, computes, and writes the whole table.
"""

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.data_process import (
    BARS,
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
    SIZES,
    WEIGHTS,
    Work,
    parts,
    run,
    without_outputs,
    write_figures,
)
from benchmarks.sampling import profile
from kfp_component_lib.data_processing import (
    features,
    loading,
    numeric_data,
    profiling,
    splitting,
    tabular_data,
    validation,
)
from kfp_component_lib.deployment import prediction
from kfp_component_lib.evaluation import classification, drift, regression
from kfp_component_lib.training import linear

_RULES: dict[str, dict[str, Any]] = {
    "x1": {"not_null": True, "min": LOW, "max": HIGH},
    "y": {"not_null": True},
}
_WIDE_ROWS = 10_000
_BLOCK = 1 << 16


def _learned(folder: Path) -> Path:
    """Return the folder with models and transforms, which were learned once from few rows."""
    return folder / "learned"


# The inputs of the components, by file name.


def _prepare_learned(folder: Path, _rows: int) -> None:
    sample = folder / "sample.parquet"
    _learned(folder).mkdir(exist_ok=True)
    tabular_data.write_tabular_data(sample, 10_000, n_features=3)
    args = (sample, folder / "unused.parquet", _learned(folder) / "transform.json", ["y"])
    features.fit_transform_features(*args)
    linear.train_linear_model(sample, _learned(folder) / "regression", "y")
    tabular_data.write_tabular_data(sample, 10_000, n_features=3, task="classification")
    linear.train_linear_model(sample, _learned(folder) / "classes", "y", "classification")


def _prepare_numbers(folder: Path, rows: int) -> None:
    tabular_data.write_tabular_data(folder / "numbers.parquet", rows, n_features=3)


def _prepare_others(folder: Path, rows: int) -> None:
    tabular_data.write_tabular_data(folder / "others.parquet", rows, n_features=3, seed=1)


def _prepare_wide(folder: Path, columns: int) -> None:
    path = folder / "wide.parquet"
    tabular_data.write_tabular_data(path, _WIDE_ROWS, n_features=columns - 1)


def _prepare_csv(folder: Path, rows: int) -> None:
    _prepare_numbers(folder, rows)
    source = pq.ParquetFile(folder / "numbers.parquet")
    options = pyarrow.csv.WriteOptions(quoting_header="none")
    with pyarrow.csv.CSVWriter(
        folder / "numbers.csv", source.schema_arrow, write_options=options
    ) as file:
        for batch in source.iter_batches(_BLOCK):
            file.write_batch(batch)


def _prepare_jsonl(folder: Path, rows: int) -> None:
    _prepare_numbers(folder, rows)
    source = pq.ParquetFile(folder / "numbers.parquet")
    with (folder / "numbers.jsonl").open("w", encoding="utf-8") as file:
        for batch in source.iter_batches(_BLOCK):
            batch.to_pandas().to_json(file, orient="records", lines=True)


def _prepare_predicted(folder: Path, rows: int) -> None:
    _prepare_numbers(folder, rows)
    model = _learned(folder) / "regression"
    prediction.predict_table(folder / "numbers.parquet", model, folder / "predicted.parquet")
    (folder / "numbers.parquet").unlink()


def _prepare_labels(folder: Path, rows: int) -> None:
    tabular_data.write_tabular_data(
        folder / "labels.parquet", rows, n_features=3, task="classification"
    )


def _prepare_classified(folder: Path, rows: int) -> None:
    _prepare_labels(folder, rows)
    model = _learned(folder) / "classes"
    prediction.predict_table(folder / "labels.parquet", model, folder / "classified.parquet")
    (folder / "labels.parquet").unlink()


# The library's way.


_OURS: dict[str, Work] = {
    "make_numeric_dataset": lambda f, n: numeric_data.write_numeric_data(n, f / "out.parquet"),
    "make_tabular_dataset": lambda f, n: tabular_data.write_tabular_data(f / "out.parquet", n, 3),
    "load_tabular_dataset (csv)": lambda f, n: loading.load_table(
        f / "numbers.csv", f / "out.parquet", "csv"
    ),
    "load_tabular_dataset (jsonl)": lambda f, n: loading.load_table(
        f / "numbers.jsonl", f / "out.parquet", "jsonl"
    ),
    "load_tabular_dataset (parquet)": lambda f, n: loading.load_table(
        f / "numbers.parquet", f / "out.parquet", "parquet"
    ),
    "profile_dataset": lambda f, n: profiling.profile_table(
        f / "numbers.parquet", f / "profile.parquet", f / "page.html"
    ),
    "profile_dataset, many columns": lambda f, n: profiling.profile_table(
        f / "wide.parquet", f / "profile.parquet", f / "page.html"
    ),
    "validate_dataset": lambda f, n: validation.validate_table(
        f / "numbers.parquet", f / "report.md", dict.fromkeys(NAMES, "double"), _RULES
    ),
    "split_dataset": lambda f, n: splitting.split_table(f / "numbers.parquet", parts(f), SIZES),
    "fit_transform_features": lambda f, n: features.fit_transform_features(
        f / "numbers.parquet", f / "out.parquet", f / "transform.json", ["y"]
    ),
    "apply_transform": lambda f, n: features.apply_transform(
        f / "numbers.parquet", _learned(f) / "transform.json", f / "out.parquet"
    ),
    "train_linear_model (ridge)": lambda f, n: linear.train_linear_model(
        f / "numbers.parquet", f / f"model.{os.getpid()}", "y"
    ),
    "train_linear_model (logistic)": lambda f, n: linear.train_linear_model(
        f / "labels.parquet", f / f"model.{os.getpid()}", "y", "classification"
    ),
    "batch_predict": lambda f, n: prediction.predict_table(
        f / "numbers.parquet", _learned(f) / "regression", f / "out.parquet"
    ),
    "evaluate_regression": lambda f, n: regression.evaluate_regression(
        f / "predicted.parquet", f / "page.html", "y"
    ),
    "evaluate_classification": lambda f, n: classification.evaluate_classification(
        f / "classified.parquet", f / "page.html", "y"
    ),
    "detect_drift": lambda f, n: drift.detect_drift(
        f / "numbers.parquet", f / "others.parquet", f / "report.md", f / "page.html"
    ),
}


# The plain way.


def _make_numeric(folder: Path, rows: int) -> None:
    rng = np.random.default_rng(42)
    df = pd.DataFrame({name: rng.standard_normal(rows) for name in NAMES})
    df.to_parquet(folder / "out.parquet", index=False)


def _make_tabular(folder: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    df = pd.DataFrame({name: rng.standard_normal(rows) for name in FEATURES})
    df.insert(0, "y", df.to_numpy() @ WEIGHTS + 0.1 * rng.standard_normal(rows))
    df.to_parquet(folder / "out.parquet", index=False)


def _load(folder: Path, rows: int, name: str, read: Callable[[Path], pd.DataFrame]) -> None:
    read(folder / name).to_parquet(folder / "out.parquet", index=False)


def _read_lines(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True)


def _profile(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet")
    table = df.describe(percentiles=QUANTILES)
    table.loc["missing"], table.loc["distinct"] = df.isna().sum(), df.nunique()
    table.loc["infinite"] = np.isinf(df).sum()
    table.loc["skewness"], table.loc["kurtosis"] = df.skew(), df.kurt()
    quantiles = [f"{q:.0%}" for q in QUANTILES]
    figures = {
        name: {
            **table[name].drop([*quantiles, "count", "50%"]).to_dict(),
            "quantiles": table[name][quantiles].tolist(),
            "histogram": np.histogram(df[name], BARS)[0].tolist(),
        }
        for name in NAMES
    }
    write_figures(folder, figures)


def _validate(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet")
    figures = {"types": int((df.dtypes != np.float64).sum())}
    for name, rules in _RULES.items():
        figures[f"{name} null"] = int(df[name].isna().sum())
        if "min" in rules:
            figures[f"{name} range"] = int((~df[name].between(rules["min"], rules["max"])).sum())
    write_figures(folder, figures)


def _split(folder: Path, rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet").sample(frac=1, random_state=0)
    first, second = int(rows * 0.8), int(rows * 0.9)
    pieces = (df.iloc[:first], df.iloc[first:second], df.iloc[second:])
    for part, out in zip(pieces, parts(folder), strict=True):
        part.to_parquet(out, index=False)


def _fit_transform(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet")
    mean, std = df[FEATURES].mean(), df[FEATURES].std(ddof=0)
    df[FEATURES] = (df[FEATURES].fillna(mean) - mean) / std
    df.to_parquet(folder / "out.parquet", index=False)
    write_figures(folder, {name: [mean[name], std[name]] for name in FEATURES})


def _apply(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet")
    mean, std = pd.Series(MEAN, FEATURES), pd.Series(DEVIATION, FEATURES)
    df[FEATURES] = (df[FEATURES].fillna(mean) - mean) / std
    df.to_parquet(folder / "out.parquet", index=False)


def _design(df: pd.DataFrame) -> np.ndarray:
    return df[FEATURES].assign(intercept=1.0).to_numpy()


def _ridge(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet")
    inputs, label = _design(df), df["y"].to_numpy()
    weights = np.linalg.solve(inputs.T @ inputs + np.diag([1, 1, 1, 0]), inputs.T @ label)
    error = label - inputs @ weights
    write_figures(folder, {"weights": weights.tolist(), "r2": 1 - error.var() / label.var()})


def _logistic(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "labels.parquet")
    inputs, label = _design(df), df["y"].to_numpy()
    weights, penalty = np.zeros(4), np.array([1, 1, 1, 0])
    for _ in range(20):
        chance = 1 / (1 + np.exp(-(inputs @ weights)))
        gradient = inputs.T @ (chance - label) + penalty * weights
        hessian = (inputs.T * (chance * (1 - chance))) @ inputs + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if gradient @ step <= 1e-18 * len(df):
            break
    write_figures(folder, {"weights": weights.tolist()})


def _predict(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "numbers.parquet")
    df["prediction"] = _design(df) @ [*WEIGHTS, INTERCEPT]
    df.to_parquet(folder / "out.parquet", index=False)


def _evaluate_regression(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "predicted.parquet", columns=["y", "prediction"])
    error = df["prediction"] - df["y"]
    metrics = [
        error.mean(),
        error.abs().mean(),
        float(np.sqrt((error**2).mean())),
        error.abs().max(),
        1 - (error**2).sum() / ((df["y"] - df["y"].mean()) ** 2).sum(),
    ]
    figures = dict(zip(REGRESSION_METRICS, metrics, strict=True))
    write_figures(folder, figures | {"histogram": np.histogram(error, BARS)[0].tolist()})


def _evaluate_classification(folder: Path, _rows: int) -> None:
    df = pd.read_parquet(folder / "classified.parquet", columns=CLASSIFIED)
    df = df.rename(columns={CLASSIFIED[-1]: "probability"})
    confusion = pd.crosstab(df["y"], df["prediction"])
    ordered = df.sort_values("probability", ascending=False)
    true = ordered["y"].cumsum() / df["y"].sum()
    false = (1 - ordered["y"]).cumsum() / (1 - df["y"]).sum()
    chance = df["probability"].clip(1e-16, 1 - 1e-16)
    figures = {
        "confusion": confusion.to_numpy().tolist(),
        "auc": float(np.trapezoid(true, false)),
        "log_loss": -float(np.log(np.where(df["y"] == 1, chance, 1 - chance)).mean()),
        "brier_score": float(((chance - df["y"]) ** 2).mean()),
    }
    write_figures(folder, figures)


def _drift(folder: Path, _rows: int) -> None:
    old, new = (pd.read_parquet(folder / f"{name}.parquet") for name in ("numbers", "others"))
    figures = {}
    for name in NAMES:
        edges = old[name].quantile(np.linspace(0.1, 0.9, 9)).to_numpy()
        shares = [
            np.bincount(np.searchsorted(edges, df[name]), minlength=10) / len(df)
            for df in (old, new)
        ]
        first, second = (np.maximum(share, 1e-4) for share in shares)
        psi = float(((second - first) * np.log(second / first)).sum())
        figures[f"drift of {name}"] = (psi, _smirnov(old[name].to_numpy(), new[name].to_numpy()))
    write_figures(folder, figures)


def _smirnov(old: np.ndarray, new: np.ndarray) -> float:
    old, new = np.sort(old), np.sort(new)
    both = np.concatenate([old, new])
    first = np.searchsorted(old, both, side="right") / len(old)
    second = np.searchsorted(new, both, side="right") / len(new)
    return float(np.abs(first - second).max())


_PANDAS: dict[str, Work] = {
    "make_numeric_dataset": _make_numeric,
    "make_tabular_dataset": _make_tabular,
    "load_tabular_dataset (csv)": functools.partial(_load, name="numbers.csv", read=pd.read_csv),
    "load_tabular_dataset (jsonl)": functools.partial(
        _load, name="numbers.jsonl", read=_read_lines
    ),
    "load_tabular_dataset (parquet)": functools.partial(
        _load, name="numbers.parquet", read=pd.read_parquet
    ),
    "profile_dataset": _profile,
    "validate_dataset": _validate,
    "split_dataset": _split,
    "fit_transform_features": _fit_transform,
    "apply_transform": _apply,
    "train_linear_model (ridge)": _ridge,
    "train_linear_model (logistic)": _logistic,
    "batch_predict": _predict,
    "evaluate_regression": _evaluate_regression,
    "evaluate_classification": _evaluate_classification,
    "detect_drift": _drift,
}


# Floors: the work that no way of writing or reading four float64 columns can avoid.


def _random(_folder: Path, rows: int) -> None:
    rng, block = np.random.default_rng(42), np.empty(_BLOCK)
    for _ in range(-(-rows * len(NAMES) // _BLOCK)):
        rng.standard_normal(out=block)


def _memory(_folder: Path, rows: int) -> None:
    source, target = np.ones(_BLOCK * 16), np.empty(_BLOCK * 16)
    for _ in range(-(-rows * len(NAMES) // len(source))):
        np.copyto(target, source)


def _disk(folder: Path, rows: int) -> None:
    block = np.ones(_BLOCK * 16)
    with (folder / "out.parquet").open("wb") as file:
        for _ in range(-(-rows * len(NAMES) // len(block))):
            file.write(block)


def _read(folder: Path, _rows: int) -> None:
    file = pq.ParquetFile(folder / "numbers.parquet")
    # Holding all row groups at once would keep them in memory.
    for group in range(file.num_row_groups):
        for _ in file.iter_batches(_BLOCK, [group]):
            pass


_FLOORS: dict[str, Work] = {
    "random numbers": _random,
    "memory copy": _memory,
    "disk write": _disk,
    "Parquet read": _read,
}

WAYS = {"ours": _OURS, "pandas": _PANDAS, "floor": _FLOORS}
INPUTS: dict[str, Callable[[Path, int], None]] = {
    "learned": _prepare_learned,
    "numbers": _prepare_numbers,
    "others": _prepare_others,
    "wide": _prepare_wide,
    "csv": _prepare_csv,
    "jsonl": _prepare_jsonl,
    "predicted": _prepare_predicted,
    "labels": _prepare_labels,
    "classified": _prepare_classified,
}


def main(way: str, name: str, rows: int, folder: Path) -> int:
    """Prepare, profile or measure."""
    if way == "prepare":
        INPUTS[name](folder, rows)
        return 0
    if way == "profile":
        without_outputs(folder)
        print(json.dumps(asdict(profile(lambda: _OURS[name](folder, rows), "kfp_component_lib"))))
        return 0
    return run(WAYS[way][name], rows, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
