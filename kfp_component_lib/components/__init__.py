"""The components: thin KFP wrappers around the library."""

from kfp_component_lib.components.make_numeric_dataset import make_numeric_dataset

__all__ = ["make_numeric_dataset"]
