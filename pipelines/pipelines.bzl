"""The names of all pipelines."""

visibility(["//e2e", "//pipelines", "//tests/artifacts"])

PIPELINES = [
    "batch_scoring",
    "drift_monitoring",
    "sharded_data",
    "synthetic_data",
    "tabular_training",
    "tree_training",
    "volume_training",
]
