"""`bazel run //image:push`: pushes the image, its version tag once, its moving tags forward."""

import argparse
import sys

from release import options
from release.errors import ReleaseError
from release.image import ImagePush
from release.retry import say


def push(step: ImagePush, dry_run: bool) -> None:
    """Push the image, or say what that would do."""
    if step.retry(step.is_published):
        say(f"image: {step.image.tagged} is there already")
    elif dry_run:
        say(f"image: would push {step.image.pinned} and tag it {step.image.version}")
    if not dry_run:
        step.upload()
        step.give_version_tag()
        step.move_tags()


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_common(parser)
    options.add_image(parser)
    args = parser.parse_args()
    try:
        push(options.image_push(args), args.dry_run)
    except ReleaseError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
