"""The component `validate_dataset`."""

from typing import Any, NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Markdown, Metrics, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def validate_dataset(
    data: Input[Dataset],
    report_out: Output[Markdown],
    metrics_out: Output[Metrics],
    schema: dict[str, str] = {},
    rules: dict[str, dict[str, Any]] = {},
    min_rows: int = 1,
    fail_on_error: bool = True,
) -> NamedTuple("Outputs", [("passed", bool)]):
    """Validate a dataset against a schema and rules.

    Args:
        data: Parquet file or folder.
        report_out: Every rule, with the number of rows that break it.
        metrics_out: rows, rules, broken_rules and violations.
        schema: Type of each column that must exist, such as {"age": "int64", "city": "string"};
            also "integer", "number", "date", "time" or "timestamp" for any width or unit.
        rules: For each column any of not_null, min, max, values and pattern, such as {"age":
            {"min": 0, "not_null": true}, "day": {"max": "2024-12-31"}}. Write integers beyond 2^53
            as text, since numbers in pipeline parameters are doubles.
        min_rows: Smallest number of rows that is accepted.
        fail_on_error: Whether a broken rule fails the task.
        passed: Output: whether the dataset meets every rule.
    """
    from kfp_component_lib.data_processing.validation import validate_table as validate

    args = (schema, rules, min_rows, fail_on_error)
    result = validate(data.path, report_out.path, *args)
    metrics_out.metadata.update(result.metrics)
    return (result.passed,)
