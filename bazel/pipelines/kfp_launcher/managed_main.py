"""Packs definitions and a `--sampleconfig` file into a layer for servers that load it at start."""

import argparse
import io
import json
import tarfile
from pathlib import Path

from kfp_launcher.definitions import read_definition
from kfp_launcher.manifests import sample_config
from kfp_launcher.versions import version_name

_CONFIG = "sample_config.json"


def main() -> None:
    """Write the layer, without timestamps and owners."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", required=True, help="version of the module")
    parser.add_argument("--mounted_at", required=True, help="path of the files on the server")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("definitions", nargs="+", type=Path)
    options = parser.parse_args()
    definitions = {
        f"{options.mounted_at}/{path.name}": read_definition(str(path))
        for path in options.definitions
    }
    versions = {
        path: version_name(options.version, definition, release=False)
        for path, definition in definitions.items()
    }
    files = {path.name: path.read_bytes() for path in options.definitions}
    files[_CONFIG] = json.dumps(sample_config(definitions, versions), indent=2).encode()
    with tarfile.open(options.out, "w") as tar:
        for name, content in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


if __name__ == "__main__":
    main()
