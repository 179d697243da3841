"""Importer, artifact inputs and outputs, artifact lists."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Metrics, Model, Output


@dsl.component
def train(data: Input[Dataset], model: Output[Model], metrics: Output[Metrics]):
    metrics.log_metric("loss", 0.5)


@dsl.component
def choose(models: Input[list[Model]], best: Output[Model]):
    print(models)


@dsl.pipeline(name="artifacts")
def artifacts(uri: str = "gs://bucket/data") -> Artifact:
    data = dsl.importer(
        artifact_uri=uri, artifact_class=Dataset, reimport=True, metadata={"k": "v"}
    )
    with dsl.ParallelFor(items=[1, 2]):
        trained = train(data=data.output)
    return choose(models=dsl.Collected(trained.outputs["model"])).output
