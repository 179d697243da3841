"""The inputs with which each component runs in its image."""

visibility("private")

_TABLE = "{load_tabular_dataset.data_out}"
_MADE = "{make_tabular_dataset.data_out}"

RUNS = {
    "apply_transform": {
        "data": _TABLE,
        "transform": "{fit_transform_features.transform_out}",
    },
    "batch_predict": {
        "data": _MADE,
        "model": "{train_linear_model.model_out}",
    },
    "copy_model": {
        "digest": "{digest_artifact.Output}",
        "model": "{train_linear_model.model_out}",
    },
    "detect_drift": {
        "current": "{split_dataset.test_out}",
        "reference": "{split_dataset.train_out}",
    },
    "digest_artifact": {"data": "{train_linear_model.model_out}"},
    "evaluate_classification": {
        "label": "species",
        "prediction": "species",
        "predictions": _TABLE,
    },
    "evaluate_regression": {
        "label": "y",
        "predictions": "{batch_predict.predictions_out}",
    },
    "fit_transform_features": {
        "data": _TABLE,
        "label": "species",
    },
    "list_shard_groups": {"n_shards": 5},
    "list_shards": {"n_shards": 5},
    "load_tabular_dataset": {
        "data": "$(rootpath //tests/data:iris.csv)",
        "format": "csv",
    },
    "make_numeric_dataset": {"n_rows": 10},
    "make_tabular_dataset": {
        "n_features": 3,
        "n_rows": 100,
        "task": "classification",
    },
    "merge_profiles": {"profiles": ["{profile_dataset.profile_out}"] * 2},
    "predict_tree_model": {
        "data": _MADE,
        "model": "{train_tree_model.model_out}",
    },
    "profile_dataset": {"data": _TABLE},
    "split_dataset": {"data": _TABLE},
    "train_linear_model": [
        {
            "data": _MADE,
            "label": "y",
        },
        {
            "data": _MADE,
            "label": "y",
            "task": "classification",
        },
    ],
    "train_tree_model": [
        {
            "data": _MADE,
            "label": "y",
        },
        {
            "data": _MADE,
            "label": "y",
            "task": "classification",
        },
    ],
    "validate_dataset": {"data": _TABLE},
}
