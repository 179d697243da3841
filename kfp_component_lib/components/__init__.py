"""The components: thin KFP wrappers around the library."""

from kfp_component_lib.components.data_processing.apply_transform import apply_transform
from kfp_component_lib.components.data_processing.digest_artifact import digest_artifact
from kfp_component_lib.components.data_processing.fit_transform_features import (
    fit_transform_features,
)
from kfp_component_lib.components.data_processing.list_shard_groups import list_shard_groups
from kfp_component_lib.components.data_processing.list_shards import list_shards
from kfp_component_lib.components.data_processing.load_tabular_dataset import load_tabular_dataset
from kfp_component_lib.components.data_processing.make_numeric_dataset import make_numeric_dataset
from kfp_component_lib.components.data_processing.make_tabular_dataset import make_tabular_dataset
from kfp_component_lib.components.data_processing.merge_profiles import merge_profiles
from kfp_component_lib.components.data_processing.profile_dataset import profile_dataset
from kfp_component_lib.components.data_processing.split_dataset import split_dataset
from kfp_component_lib.components.data_processing.validate_dataset import validate_dataset
from kfp_component_lib.components.deployment.batch_predict import batch_predict
from kfp_component_lib.components.deployment.copy_model import copy_model
from kfp_component_lib.components.deployment.predict_tree_model import predict_tree_model
from kfp_component_lib.components.evaluation.detect_drift import detect_drift
from kfp_component_lib.components.evaluation.evaluate_classification import evaluate_classification
from kfp_component_lib.components.evaluation.evaluate_regression import evaluate_regression
from kfp_component_lib.components.training.train_linear_model import train_linear_model
from kfp_component_lib.components.training.train_tree_model import train_tree_model

__all__ = [
    "apply_transform",
    "batch_predict",
    "copy_model",
    "detect_drift",
    "digest_artifact",
    "evaluate_classification",
    "evaluate_regression",
    "fit_transform_features",
    "list_shard_groups",
    "list_shards",
    "load_tabular_dataset",
    "make_numeric_dataset",
    "make_tabular_dataset",
    "merge_profiles",
    "predict_tree_model",
    "profile_dataset",
    "split_dataset",
    "train_linear_model",
    "train_tree_model",
    "validate_dataset",
]
