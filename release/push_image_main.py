"""`bazel run //:push_image`: pushes the images, their version tag once, the moving tags forward."""

import argparse
import sys

from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import say
from release.private import options
from release.private.image_push import ImagePush


def push(step: ImagePush, tags: list[str], dry_run: bool) -> None:
    """Push the images under their version and further tags, or say what that would do."""
    step.say_architectures()
    given = [str(step.image.version), *tags]
    for tag in given:
        todo = "is there already" if step.is_published(tag) else f"is to show {step.image.digest}"
        say(f"image: {step.image.repository}:{tag} {todo}")
    for tag in step.tags_behind():
        say(f"image: {step.image.repository}:{tag} is to move to {step.image.version}")
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
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
