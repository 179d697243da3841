"""A pipeline in a pipeline, with artifacts and parameters as its outputs."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def make(rows: int, data: Output[Dataset]) -> int:
    return rows


@dsl.component
def read(data: Input[Dataset], rows: int):
    print(data.path, rows)


@dsl.pipeline(name="inner")
def inner(rows: int) -> NamedTuple("outputs", data=Dataset, rows=int):
    made = make(rows=rows)
    outputs = NamedTuple("outputs", data=Dataset, rows=int)
    return outputs(made.outputs["data"], made.outputs["Output"])


@dsl.pipeline(name="nested")
def nested(rows: int = 3):
    first = inner(rows=rows).set_display_name("the first")
    read(data=first.outputs["data"], rows=first.outputs["rows"])
