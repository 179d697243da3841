"""The options that the release commands share, and what they stand for."""

import argparse
import os
from pathlib import Path

from release.crane import Crane, check_listening
from release.credentials import read_upload
from release.errors import ReleaseError
from release.image import Image, ImagePush
from release.retry import Retry, say
from release.versions import parse_version
from release.wheel import Wheel, WheelPublication

# Bazel's filter knows names such as TWINE_PASSWORD, not this one.
_IN_BAZELS_LOG = (
    "warning: Bazel's server log on this machine now holds PYPI_PWD. Put it into .env, or call "
    "Bazel as ./bazelw, which renames it to TWINE_PASSWORD, which Bazel leaves out."
)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add what every release command takes."""
    parser.add_argument("--dry-run", action="store_true", help="read and compare, write nothing")
    parser.add_argument(
        "--pauses",
        type=lambda text: tuple(float(number) for number in text.split(",") if number),
        default=Retry().pauses,
        metavar="SECONDS,…",
        help="pauses between tries when a server fails (default: 1,2,4,8)",
    )


def add_image(parser: argparse.ArgumentParser) -> None:
    """Add what pushing an image takes; the build fills in the first three."""
    parser.add_argument("--crane", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--layout", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--version", required=True, help=argparse.SUPPRESS)
    parser.add_argument("-r", "--repository", required=True, help="REGISTRY/PATH to push to")
    parser.add_argument(
        "--allow-overwrite",
        action="store_true",
        help="let the version tag move; for development versions (X.Y.Z.devN) only",
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=ImagePush.settle,
        metavar="SECONDS",
        help="how long writing a tag may take, and is waited for (default: %(default)s)",
    )


def add_wheel(parser: argparse.ArgumentParser) -> None:
    """Add what publishing a wheel takes; the build fills in the first."""
    parser.add_argument("--wheel-dist", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--index-url",
        help="simple API of the index, if it is not simple/ below TWINE_REPOSITORY_URL",
    )


def image_push(args: argparse.Namespace) -> ImagePush:
    """Return the step that pushes the image."""
    version = parse_version(args.version)
    if args.allow_overwrite and not version.is_devrelease:
        raise ReleaseError(
            f"--allow-overwrite must be used for development versions, got {args.version}. "
            f"Release another version, or bazel run //release:bump -- {args.version}.dev1"
        )
    check_listening(args.repository)
    image = Image(args.layout, args.repository, version)
    return ImagePush(
        Crane(args.crane.resolve()), image, Retry(args.pauses), args.settle, args.allow_overwrite
    )


def wheel_publication(args: argparse.Namespace) -> WheelPublication:
    """Return the step that publishes the wheel."""
    if "PYPI_PWD" in os.environ and "BUILD_WORKSPACE_DIRECTORY" in os.environ:
        say(_IN_BAZELS_LOG)
    (wheel,) = args.wheel_dist.glob("*.whl")
    upload = read_upload(os.environ, workspace(), args.index_url)
    return WheelPublication(Wheel(wheel), upload, Retry(args.pauses))


def workspace() -> Path:
    """Return the workspace's folder, where `.env` lies."""
    return Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))


def invoked_in() -> Path:
    """Return the folder in which the command was typed."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
