"""The options that the release commands share, and the objects that they configure."""

import argparse
import os
from pathlib import Path

from kfp_component_lib.verification.clients import Crane
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import Retry, say
from release.private.credentials import environment_of_crane, read_environment, read_upload
from release.private.image_push import Image, ImagePush
from release.private.registry import Registry, check_listening
from release.private.versions import LATEST, MINOR, NONE, moving_tags, parse_version
from release.private.wheel_upload import Wheel, WheelUpload

# ./bazelw sets this variable when it has hidden secrets from Bazel.
_KEPT = "BAZELW_KEPT_SECRETS"
_SEEN_BY_BAZEL = (
    "warning: Bazel has seen {}: its server log on this machine and its build event stream hold "
    "the environment of every command. Put it into .env, or call Bazel as ./bazelw, which keeps it "
    "from Bazel."
)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every release command has."""
    parser.add_argument(
        "--dry-run", action="store_true", help="read and compare, but write nothing"
    )
    parser.add_argument(
        "--pauses",
        type=lambda text: tuple(float(number) for number in text.split(",") if number),
        default=Retry().pauses,
        metavar="SECONDS,…",
        help="pauses between tries when a server fails (default: 1,2,4,8)",
    )


def add_image(parser: argparse.ArgumentParser) -> None:
    """Add the options of pushing images; the build sets the first three."""
    parser.add_argument("--crane", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--layout", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--version", required=True, help=argparse.SUPPRESS)
    parser.add_argument("-r", "--repository", required=True, help="REGISTRY/PATH to push to")
    parser.add_argument(
        "--allow-overwrite",
        action="store_true",
        help="allow the version tag to move; only for development versions (X.Y.Z.devN)",
    )
    parser.add_argument(
        "--moving-tags",
        default=os.environ.get("RELEASE_MOVING_TAGS") or f"{MINOR},{LATEST}",
        metavar="TAGS",
        help=f"tags that follow the newest release, or {NONE}, for example for registries with "
        f"immutable tags (default: RELEASE_MOVING_TAGS, else {MINOR},{LATEST})",
    )


def add_wheel(parser: argparse.ArgumentParser) -> None:
    """Add the options of publishing a wheel; the build sets the first one."""
    parser.add_argument("--wheel-dist", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--index-url",
        help="simple API of the index, if it is not simple/ below TWINE_REPOSITORY_URL",
    )


def image_push(args: argparse.Namespace) -> ImagePush:
    """Return the step that pushes the images."""
    version = parse_version(args.version)
    if args.allow_overwrite and not version.is_devrelease:
        raise DeliveryError(
            f"--allow-overwrite must be used only for development versions, got {args.version}. "
            f"Release another version, or bazel run //release:bump -- {args.version}.dev1"
        )
    moving = moving_tags(version, args.moving_tags)
    check_listening(args.repository)
    crane = Crane(args.crane.resolve(), environment_of_crane(_environment()))
    image = Image(args.layout, args.repository, version)
    return ImagePush(Registry(crane, Retry(args.pauses)), image, moving, args.allow_overwrite)


def wheel_upload(args: argparse.Namespace) -> WheelUpload:
    """Return the step that publishes the wheel."""
    seen = [name for name in ("PYPI_PWD", "TWINE_PASSWORD") if os.environ.get(name)]
    if seen and "BUILD_WORKSPACE_DIRECTORY" in os.environ and _KEPT not in os.environ:
        say(_SEEN_BY_BAZEL.format(" and ".join(seen)))
    (wheel,) = args.wheel_dist.glob("*.whl")
    upload = read_upload(_environment(), args.index_url)
    return WheelUpload(Wheel(wheel), upload, Retry(args.pauses))


def workspace() -> Path:
    """Return the folder of the workspace, which contains `.env`."""
    return Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))


def invoked_in() -> Path:
    """Return the folder in which the user typed the command."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))


def _environment() -> dict[str, str]:
    return read_environment(os.environ, workspace())
