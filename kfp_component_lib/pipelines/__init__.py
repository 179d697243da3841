"""Pipelines that serve as steps of other pipelines."""

from kfp_component_lib.pipelines.import_dataset import import_dataset
from kfp_component_lib.pipelines.import_model import import_model
from kfp_component_lib.pipelines.limits import collected, limited
from kfp_component_lib.pipelines.train_tabular_model import train_tabular_model

__all__ = ["collected", "import_dataset", "import_model", "limited", "train_tabular_model"]
