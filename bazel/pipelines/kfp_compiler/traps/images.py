"""The rule about images of the build."""

from collections.abc import Iterable, Iterator

from kfp_compiler.traps.definition import Definition, Finding


def undigested_image(definition: Definition, repositories: Iterable[str]) -> Iterator[Finding]:
    """Find images of this build that are named by a tag."""
    own = tuple(repositories)
    for task in definition.tasks:
        image = task.container.get("image", "")
        if "@" not in image and image.rpartition(":")[0] in own:
            yield Finding(
                "undigested_image",
                f"{task.name}.base_image",
                f"must be named by its digest, got {image!r}: a tag moves, and KFP's cache, which "
                "compares names only, returns results of another image. Use the "
                "placeholder of the image that is built with the pipeline.",
                task,
            )
