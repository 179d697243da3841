"""Container components with placeholders."""

from kfp import dsl
from kfp.dsl import ConcatPlaceholder, Dataset, IfPresentPlaceholder, Input, Output


@dsl.container_component
def copy(source: Input[Dataset], target: Output[Dataset], prefix: str = ""):
    return dsl.ContainerSpec(
        image="alpine:3.20",
        command=["sh", "-c", "cp $0 $1"],
        args=[
            source.path,
            target.path,
            IfPresentPlaceholder(
                input_name="prefix", then=["--prefix", ConcatPlaceholder(["x-", prefix])], else_=[]
            ),
        ],
    )


@dsl.container_component
def hello():
    return dsl.ContainerSpec(image="alpine:3.20", command=["echo"], args=["hello"])


@dsl.pipeline(name="containers")
def containers():
    hello()
    data = dsl.importer(artifact_uri="gs://bucket/data", artifact_class=Dataset)
    copy(source=data.output)
