"""A notebook that runs as a component."""

import os

from kfp import dsl


@dsl.notebook_component(
    notebook_path=os.path.join(os.path.dirname(__file__), "assets", "notebook.ipynb"),
    base_image="python:3.13",
    packages_to_install=["nbclient==0.10.2"],
)
def run(text: str):
    dsl.run_notebook(text=text)


@dsl.pipeline(name="notebooks")
def notebooks(text: str = "hello"):
    run(text=text)
