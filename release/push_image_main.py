"""`bazel run //:push_image`: pushes the image, its version tag once, its moving tags forward."""

import argparse
import sys
from functools import partial

from release import options
from release.errors import ReleaseError
from release.image import ImagePush
from release.retry import say


def push(step: ImagePush, tags: list[str], dry_run: bool) -> None:
    """Push the image under its version and further tags, or say what that would do."""
    step.say_architectures()
    given = [str(step.image.version), *tags]
    for tag in given:
        done = step.retry(partial(step.is_published, tag))
        todo = "is there already" if done else f"is to show {step.image.digest}"
        say(f"image: {step.image.repository}:{tag} {todo}")
    if not dry_run:
        step.upload()
        for tag in given:
            step.give_tag(tag)
        step.move_tags()


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_common(parser)
    options.add_image(parser)
    parser.add_argument(
        "-t", "--tag", action="append", default=[], help="a further tag, given once"
    )
    args = parser.parse_args()
    try:
        push(options.image_push(args), args.tag, args.dry_run)
    except ReleaseError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
