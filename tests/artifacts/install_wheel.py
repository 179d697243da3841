"""Installs the wheel as a user would, with its requirements from the index pip is set up for.

Not a test, as it needs the network: `bazel run //tests/artifacts:install_wheel`.
"""

import argparse
import subprocess
import tempfile
import venv
from pathlib import Path

USAGE = """\
from kfp import compiler
from kfp_component_lib.components import make_numeric_dataset

compiler.Compiler().compile(make_numeric_dataset, "pipeline.json")
"""


def main() -> None:
    """Make a virtual environment, install the wheel into it, compile a component with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel-dist", type=Path, required=True)
    (wheel,) = parser.parse_args().wheel_dist.absolute().iterdir()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
        subprocess.run([python, "-m", "pip", "check"], check=True)
        subprocess.run([python, "-I", "-c", USAGE], cwd=folder, check=True)
        size = Path(folder, "pipeline.json").stat().st_size
    print(f"{wheel.name} installs with its requirements and compiles a pipeline.json of {size} B")


if __name__ == "__main__":
    main()
