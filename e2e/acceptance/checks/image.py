"""Checks that images are pushed and pulled by digest alone, and do not run as root."""

from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "images are pulled by digest and do not run as root"


def check(stage: Stage) -> str:
    """Push the images, run a task that prints its user, and check the images of all tasks."""
    pushed = stage.push()
    if loose := sorted(image for image in stage.library.images() if "@sha256:" not in image):
        raise BrokenError(f"tasks must name their images by digest, got {loose}")
    run = stage.backend.run(stage.library.definitions["who"], {}).succeeded()
    # The server may return the log of a pod twice, under its names with and without retries.
    said = sorted({line for line in run.lines if line.startswith("uid ")})
    if not said or "uid 0" in said:
        raise BrokenError(f"a task must not run as root, got {said}")
    return f"{pushed}; {len(stage.library.images())} references, all with a digest; {said[0]}"
