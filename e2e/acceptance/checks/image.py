"""The images are pushed by digest alone, and a pod runs one as a number that is not root."""

from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "the image is pulled by its digest and does not run as root"


def check(stage: Stage) -> str:
    """Push, run a task that says who it is, and look at the references of all tasks."""
    pushed = stage.push()
    if loose := sorted(image for image in stage.library.images() if "@sha256:" not in image):
        raise BrokenError(f"tasks must name their images by digest, got {loose}")
    run = stage.backend.run(stage.library.definitions["who"], {}).succeeded()
    # The server may show a pod's log twice, under the names with and without retries.
    said = sorted({line for line in run.lines if line.startswith("uid ")})
    if not said or "uid 0" in said:
        raise BrokenError(f"a task must not run as root, got {said}")
    return f"{pushed}; {len(stage.library.images())} references, all with a digest; {said[0]}"
