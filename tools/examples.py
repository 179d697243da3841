"""The examples on the pages of the components: pipelines that run on this machine, on generated data.

//tests/tools:examples_test runs each of them.
"""

import re

# What an example does before the task of its component, and that task, by the component's name.
_MADE = "made = make_tabular_dataset(n_rows=1000, missing_rate=0.1)"
_WHOLE = "made = make_tabular_dataset(n_rows=1000)"
_SPLIT = "parts = split_dataset(data=made.output, sizes=[0.6, 0.2, 0.2])"
_CLASSES = 'made = make_tabular_dataset(n_rows=1000, task="classification")'
_FITTED = 'model = train_linear_model(data=made.output, label="y")'
_PREDICTED = 'scored = batch_predict(data=made.output, model=model.outputs["model_out"])'
_BODIES = {
    "apply_transform": [
        _MADE,
        _SPLIT,
        'fitted = fit_transform_features(data=parts.outputs["train_out"], label="y")',
        'apply_transform(data=parts.outputs["test_out"], transform=fitted.outputs["transform_out"])',
    ],
    "batch_predict": [
        _WHOLE,
        _FITTED,
        'batch_predict(data=made.output, model=model.outputs["model_out"])',
    ],
    "copy_model": [
        _WHOLE,
        _FITTED,
        'digest = digest_artifact(data=model.outputs["model_out"])',
        'copy_model(model=model.outputs["model_out"], digest=digest.output)',
    ],
    "detect_drift": [
        _MADE,
        "later = make_tabular_dataset(n_rows=1000, missing_rate=0.4, seed=1)",
        "detect_drift(reference=made.output, current=later.output)",
    ],
    "evaluate_classification": [
        _CLASSES,
        'model = train_linear_model(data=made.output, label="y", task="classification")',
        _PREDICTED,
        'evaluate_classification(predictions=scored.output, label="y")',
    ],
    "evaluate_regression": [
        _WHOLE,
        _FITTED,
        _PREDICTED,
        'evaluate_regression(predictions=scored.output, label="y")',
    ],
    "fit_transform_features": [
        _MADE,
        'fit_transform_features(data=made.output, label="y", scale="minmax")',
    ],
    "list_shard_groups": ["list_shard_groups(n_shards=450, shards_per_group=200)"],
    "list_shards": ["list_shards(n_shards=4)"],
    "load_tabular_dataset": [
        _WHOLE,
        'load_tabular_dataset(data=made.output, read_options={"drop": ["y"]}, row_limit=10_000)',
    ],
    "make_numeric_dataset": ["make_numeric_dataset(n_rows=1000)"],
    "make_tabular_dataset": [
        'make_tabular_dataset(n_rows=1000, n_features=5, task="classification", missing_rate=0.1)'
    ],
    "merge_profiles": [
        "with dsl.ParallelFor([0, 1]) as seed:",
        "    shard = make_tabular_dataset(n_rows=1000, seed=seed)",
        "    profile = profile_dataset(data=shard.output)",
        'merge_profiles(profiles=dsl.Collected(profile.outputs["profile_out"]))',
    ],
    "predict_tree_model": [
        _MADE,
        'model = train_tree_model(data=made.output, label="y", rounds=20)',
        'predict_tree_model(data=made.output, model=model.outputs["model_out"])',
    ],
    "split_dataset": [_MADE, _SPLIT],
    "train_linear_model": [_WHOLE, 'train_linear_model(data=made.output, label="y", l2=0.1)'],
    "train_tree_model": [_MADE, 'train_tree_model(data=made.output, label="y", rounds=20)'],
    "validate_dataset": [
        _WHOLE,
        'rules = {"y": {"not_null": True}}',
        "validate_dataset(data=made.output, rules=rules, min_rows=100)",
    ],
}
_CALL = re.compile(r"\b([a-z]+(?:_[a-z]+)+)\(")


def example(entry: dict) -> str:
    """Return a program with a pipeline that shows a component, and that runs it.

    Args:
        entry: The catalogue entry. A component without an example of its own gets the generated
            table for each of its inputs that must be a dataset.
    """
    body = _BODIES.get(entry["name"]) or [_WHOLE, _plain_call(entry)]
    names = sorted({name for line in body for name in _CALL.findall(line)})
    imported = ", ".join(names)
    if len(imported) > 40:
        imported = "(\n" + "".join(f"    {name},\n" for name in names) + ")"
    lines = "\n".join(f"    {line}" for line in body)
    return f"""from kfp import dsl, local

from kfp_component_lib.components import {imported}


@dsl.pipeline
def example():
{lines}


if __name__ == "__main__":
    local.init(local.SubprocessRunner(use_venv=False))
    example()
"""


def _plain_call(entry: dict) -> str:
    required = [given["name"] for given in entry["inputs"] if given["required"]]
    return f"{entry['name']}({', '.join(f'{name}=made.output' for name in required)})"
