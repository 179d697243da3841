"""`bazel run --config=release //:release`: publishes a version as a whole.

Each part is published after everything that it refers to, so whatever users can see is complete,
even if the release stops halfway: first the images by digest, which nobody knows yet; then their
version tag; the wheel, whose components name that tag; the bundle, whose pipelines name the digest;
and last the tags that people follow. Each step first checks whether it has been done, so the same
command continues an interrupted release.
"""

import argparse
import shlex
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kfp_component_lib.verification.bundle import Files, Record, read_bundle
from kfp_component_lib.verification.checks import Verification, failures
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.manifests import check_manifests
from kfp_component_lib.verification.registry import Registry
from kfp_component_lib.verification.retry import say
from kfp_component_lib.verification.source_archive import check_source
from release.private import options
from release.private.attached_bills import attach_bills
from release.private.image_push import ImagePush
from release.private.signing import KEYLESS, Signer, find_cosign
from release.private.wheel_upload import WheelUpload


@dataclass(frozen=True)
class Release:
    """The parts to publish, in order.

    Attributes:
        image: The step that pushes the images.
        wheel: The step that publishes the wheel.
        bundle: The file of the bundle.
        folder: The folder to which the bundle is copied.
        signer: Signs the images; None leaves them unsigned.
    """

    image: ImagePush
    wheel: WheelUpload
    bundle: Path
    folder: Path
    signer: Signer | None = None

    @cached_property
    def _read(self) -> tuple[Record, Files]:
        return read_bundle(self.bundle)

    def check(self) -> None:
        """Refuse, before anything is written, a release that could not be completed.

        Raises:
            DeliveryError: If the parts are not from one build, or one may not be published.
        """
        if self.signer:
            find_cosign()
        image, wheel = self.image.image, self.wheel.wheel
        pinned = f"{image.tagged}@{image.digest}"
        built = Record(str(image.version), pinned, wheel.path.name, wheel.sha256)
        record, files = self._read
        if record != built:
            raise DeliveryError(
                f"{self.bundle.name} must match {built}, got {record}. "
                "Release the parts of a single build: bazel run --config=release //:release"
            )
        check_manifests(files, record.version)
        check_source(files, record.version)
        self.image.say_architectures()
        there = {
            f"image {image.tagged}": self.image.is_published(str(image.version)),
            f"wheel {wheel.path.name}": self.wheel.is_published(),
        }
        for name, done in there.items():
            say(f"{name}: {'published already, the same' if done else 'to be published'}")
        for tag in self.image.tags_behind():
            say(f"image {image.repository}:{tag}: to move to {image.version}")

    def publish(self) -> None:
        """Publish whatever is not published yet.

        Raises:
            DeliveryError: If a step fails, or the public parts do not belong together afterwards.
        """
        image, registry = self.image.image, self.image.registry
        self.image.upload()
        if self.signer:
            self.signer.sign(registry, image)
        attach_bills(registry, image, self._read[1])
        self.image.give_tag(str(image.version))
        self.wheel.publish()
        self._write_bundle()
        self._verify()
        self.image.move_tags()

    def _write_bundle(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / (self.bundle.name + ".partial")
        shutil.copyfile(self.bundle, partial)
        partial.replace(self.folder / self.bundle.name)
        say(f"bundle: wrote {self.folder / self.bundle.name}")

    def _verify(self) -> None:
        record, files = self._read
        retry = self.image.registry.retry
        registry = Registry(record.repository, self.image.registry.crane, retry)
        index = self.wheel.upload.index
        verification = Verification(record.version, record, files, registry, index, retry=retry)
        if failures(verification):
            raise DeliveryError(
                f"version {record.version} must pass its verification, got the failures above. "
                "No tag that people follow was moved to it."
            )


def check_repository(repository: str, in_wheel: str) -> None:
    """Refuse to publish a wheel whose components name another repository than that of the images.

    Raises:
        DeliveryError: If they do.
    """
    if repository != in_wheel:
        raise DeliveryError(
            f"--repository must be {in_wheel}, which the components in the wheel name, got "
            f"{repository!r}. To release there, edit REPOSITORY in kfp_component_lib/repository.bzl."
        )


def run(args: argparse.Namespace) -> None:
    """Check everything, and publish unless this is a dry run."""
    check_repository(args.repository, args.wheel_repository)
    folder = options.invoked_in() / args.bundle_dir
    steps = options.image_push(args), options.wheel_upload(args)
    signer = Signer(args.sign, args.sign_options) if args.sign else None
    release = Release(*steps, bundle=args.bundle, folder=folder, signer=signer)
    release.check()
    if args.dry_run:
        say(f"dry run: nothing was written; the bundle would be written to {folder}")
        return
    release.publish()
    say(f"released {args.version}")


def main() -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(description="Publishes a version as a whole.")
    options.add_common(parser)
    options.add_image(parser)
    options.add_wheel(parser)
    parser.add_argument("--wheel-repository", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bundle", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--bundle-dir",
        type=Path,
        default=Path("dist"),
        help="folder for the bundle (default: dist)",
    )
    parser.add_argument("--sign", metavar="KEY", help=f"sign with cosign: a key, or {KEYLESS}")
    parser.add_argument(
        "--sign-options",
        type=shlex.split,
        default=[],
        metavar="OPTIONS",
        help="additional options of cosign sign, such as --tlog-upload=false",
    )
    try:
        run(parser.parse_args())
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
