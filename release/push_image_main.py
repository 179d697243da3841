"""`bazel run //:push_image`: pushes the images, sets the version tag once, moves other tags on."""

import argparse
import sys

from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import say
from release.private import options
from release.private.image_push import ImagePush


def push(step: ImagePush, tags: list[str], dry_run: bool) -> None:
    """Push the images under the version tag and other tags, or report what pushing would do."""
    step.say_architectures()
    given = [str(step.image.version), *tags]
    for tag in given:
        todo = (
            "is there already" if step.is_published(tag) else f"would point to {step.image.digest}"
        )
        say(f"image: {step.image.repository}:{tag} {todo}")
    for tag in step.tags_behind():
        say(f"image: {step.image.repository}:{tag} would move to {step.image.version}")
    if not dry_run:
        step.upload()
        for tag in given:
            step.give_tag(tag)
        step.move_tags()


def main() -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_common(parser)
    options.add_image(parser)
    parser.add_argument(
        "-t", "--tag", action="append", default=[], help="an additional tag, which is set once"
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
