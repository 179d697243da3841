"""Names in a compiled pipeline the images that were built with it."""

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
        CompileError: If an image is never used, or a placeholder is anywhere else.
    """
    unused = {image.placeholder: image for image in images}
    references = {image.placeholder: image.pinned() for image in images}
    for container in containers(deployment_spec):
        placeholder = container["image"]
        if placeholder in references:
            container["image"] = references[placeholder]
            unused.pop(placeholder, None)
    for image in unused.values():
        raise CompileError(
            f"base_image of at least one component must be {image.placeholder!r}, which is to "
            f"become {image.label}; none is. Use that base_image or drop the image."
        )


def check_placeholders(text: str, images: Sequence[Image | Wheel]) -> None:
    """Check that nothing of the output still names an image by its placeholder.

    Raises:
        CompileError: If a line of the output does.
    """
    for reference in (image.pinned() for image in images if isinstance(image, Image)):
        text = text.replace(reference, "")
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
