"""Writes the manifest of a pipeline: its Pipeline and PipelineVersion for Kubernetes."""

import argparse
import sys
from pathlib import Path

import yaml

from kfp_launcher.definitions import read_definition
from kfp_launcher.manifests import ObjectNameError, objects
from kfp_launcher.versions import version_name


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--label", required=True, help="the target, for messages")
    parser.add_argument("--version", required=True, help="version of the module")
    parser.add_argument("--release", action="store_true", help="add no digest to the version")
    parser.add_argument("definition")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    definition = read_definition(options.definition)
    version = version_name(options.version, definition, release=options.release)
    try:
        written = yaml.safe_dump_all(objects(definition, version), allow_unicode=True)
    except ObjectNameError as error:
        sys.exit(f"{options.label}: {error}")
    options.out.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
