"""A pipeline that both versions of KFP compile, with a file that it reads and one that it embeds."""

import os

from kfp import dsl, kubernetes

_FILE = os.path.join(os.path.dirname(__file__), "greeting.txt")
with open(_FILE, encoding="utf-8") as file:
    _GREETING = file.read().strip()


@dsl.component(base_image="python:3.13", install_kfp_package=False, embedded_artifact_path=_FILE)
def greet(greeting: dsl.EmbeddedInput[dsl.Artifact], name: str = "you") -> str:
    with open(greeting.path) as file:
        return f"{file.read().strip()}, {name}!"


@dsl.pipeline(name="hello", description=f"Says {_GREETING}.")
def hello(name: str = "you") -> str:
    task = greet(name=name)
    kubernetes.add_node_selector(task, label_key="zone", label_value="a")
    return task.output
