"""`bazel run //:publish_wheel`: uploads the wheel to the package index, once."""

import argparse
import sys

from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import say
from release.private import options
from release.private.wheel_upload import WheelUpload


def publish(step: WheelUpload, dry_run: bool) -> None:
    """Publish the wheel, or report what publishing would do."""
    if not dry_run:
        step.publish()
    elif step.is_published():
        say(f"wheel: {step.wheel.path.name} is there already")
    else:
        say(f"wheel: would upload {step.wheel.path.name} to {step.upload.url}")


def main() -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    options.add_common(parser)
    options.add_wheel(parser)
    args = parser.parse_args()
    try:
        publish(options.wheel_upload(args), args.dry_run)
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
