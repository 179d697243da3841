"""Inserts the images that were built together with a pipeline into its compiled form."""

from collections.abc import Iterator, Sequence
from typing import Any

from kfp_compiler.errors import CompileError
from kfp_compiler.request import Image, Wheel


def inject_images(deployment_spec: Any, images: Sequence[Image]) -> None:
    """Replace the placeholders of images by their references.

    Args:
        deployment_spec: The `deploymentSpec` of a pipeline, a protobuf Struct; changed in place.
        images: The images whose placeholders are replaced.

    Raises:
        CompileError: If an image is never used, or if a component has no image.
    """
    unused = {image.placeholder: image for image in images}
    known = dict(unused)
    for container in containers(deployment_spec):
        if image := known.get(container["image"]):
            container["image"] = _reference(image, _function(container))
            unused.pop(image.placeholder, None)
    for image in unused.values():
        raise CompileError(
            f"base_image of at least one component must be {image.placeholder!r}, which is to "
            f"become {image.label}, but no component has it. Use it or drop the image."
        )


def _function(container: Any) -> str:
    """Return the function that a Python component runs; empty for a container component.

    Source:
        kfp.dsl.component_factory, which passes it to the executor as --function_to_execute.
    """
    arguments = list(container["args"]) if "args" in container else []
    flag = "--function_to_execute"
    return arguments[arguments.index(flag) + 1] if flag in arguments else ""


def _reference(image: Image, function: str) -> str:
    try:
        return image.pinned(function)
    except KeyError:
        raise CompileError(
            f"components of {image.label} must have an image for each component that names "
            f"{image.placeholder!r}, got none for {function!r}. Add to "
            f'them "{function}": and the label of the library that it imports.'
        ) from None


def check_placeholders(text: str, images: Sequence[Image | Wheel]) -> None:
    """Check that the output does not contain the placeholder of an image any more.

    Raises:
        CompileError: If a line of the output contains one.
    """
    for image in images:
        if isinstance(image, Image):
            text = image.pattern().sub("", text)
    for image in images:
        for line in text.splitlines():
            if image.placeholder in line:
                raise CompileError(
                    f"{image.placeholder!r} must only be a component's base_image, got the line "
                    f"{line.strip()!r} in the output, where {image.label} cannot replace it."
                )


def containers(deployment_spec: Any) -> Iterator[Any]:
    """Yield the container of every executor that has one."""
    # A protobuf Struct has no get().
    executors = deployment_spec["executors"] if "executors" in deployment_spec else {}  # noqa: SIM401
    for executor in executors.values():
        if "container" in executor:
            yield executor["container"]
