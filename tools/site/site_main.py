"""Builds the site of docs/ with Sphinx. Every warning, such as one about a broken link, is an error."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import main as sphinx_build


def main() -> None:
    """Build the site from copies, so that it contains nothing but the given files."""
    parser = argparse.ArgumentParser(description=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("--out", required=True, help="folder of the site")
    parser.add_argument("--source", required=True, help="address of the repository")
    parser.add_argument("files", nargs="+", type=Path, help="paths relative to the workspace")
    args = parser.parse_args()
    os.environ["SITE_SOURCE"] = args.source
    with tempfile.TemporaryDirectory() as scratch:
        for file in args.files:
            copy = Path(scratch, file)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        doctrees, sources = str(Path(scratch, "doctrees")), str(Path(scratch, "docs"))
        options = ["--fail-on-warning", "--keep-going", "--quiet", f"--doctree-dir={doctrees}"]
        sys.exit(sphinx_build([*options, sources, args.out]))


if __name__ == "__main__":
    main()
