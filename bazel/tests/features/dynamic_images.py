"""Tasks whose image is known only when they run."""

from kfp import dsl


@dsl.component(base_image="python:3.13")
def choose() -> str:
    return "python:3.12"


@dsl.component(base_image="python:3.13")
def work():
    print("work")


@dsl.pipeline(name="dynamic-images")
def dynamic_images(image: str = "python:3.12"):
    work().set_container_image("python:3.11")
    work().set_container_image(image)
    work().set_container_image(choose().output)
