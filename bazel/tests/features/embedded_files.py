"""Files and folders that are embedded into the definition, as a component reads them."""

import os

from kfp import dsl

_ASSETS = os.path.join(os.path.dirname(__file__), "assets")


@dsl.component(
    base_image="python:3.13",
    embedded_artifact_path=os.path.join(_ASSETS, "config.json"),
)
def read_file(config: dsl.EmbeddedInput[dsl.Dataset]) -> str:
    with open(config.path) as file:
        return file.read()


@dsl.component(base_image="python:3.13", embedded_artifact_path=_ASSETS)
def read_folder(assets: dsl.EmbeddedInput[dsl.Artifact], name: str = "inner/text.txt") -> str:
    import os

    with open(os.path.join(assets.path, name)) as file:
        return file.read()


@dsl.pipeline(name="embedded-files")
def embedded_files():
    read_folder(name=read_file().output)
