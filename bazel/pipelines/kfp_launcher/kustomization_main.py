"""Gathers manifests in a folder with a kustomization, for `kubectl apply -k`."""

import argparse
import shutil
from pathlib import Path

import yaml

from kfp_launcher.manifests import kustomization


def main() -> None:
    """Make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("manifests", nargs="+", type=Path)
    options = parser.parse_args()
    for manifest in options.manifests:
        # Kustomize does not follow links out of its folder.
        shutil.copyfile(manifest, options.out / manifest.name)
    names = [manifest.name for manifest in options.manifests]
    written = yaml.safe_dump(kustomization(names), sort_keys=False)
    options.out.joinpath("kustomization.yaml").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
