"""Measures how long a pod takes for `make_numeric_dataset(n_rows=10)`, in the built image.

`compiled` is the pipeline's command; `default` the one that KFP would have compiled without
`install_kfp_package=False`, with everything it checks for already there (pip is mounted, as the
image has none); `imports` is what Python needs to load numpy and pyarrow, the floor of both.
The three take turns, so that a busy machine is busy for all. Prints medians and their ratios.

    bazel run //benchmarks:pod_start -- --runs 9
"""

import argparse
import compileall
import json
import os
import statistics
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode

import kfp
import yaml
from container import Container, as_group_sees
from oci_layout import Image

EXECUTOR_INPUT = {
    "inputs": {"parameterValues": {"n_rows": 10}},
    "outputs": {
        "artifacts": {
            "data_out": {
                "artifacts": [
                    {
                        "name": "data_out",
                        "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
                        "uri": "/tmp/out/data_out",
                    }
                ]
            }
        },
        "outputFile": "/tmp/out/executor_output.json",
    },
}
UNCHECKED_HASH = PycInvalidationMode.UNCHECKED_HASH
# What kfp.dsl.component_factory puts in front of a component's command.
INSTALL = (
    "PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-warn-script-location "
    f"'kfp=={kfp.__version__}' '--no-deps' && \"$0\" \"$@\""
)
IMPORTS = ["python3", "-c", "import numpy, pyarrow.parquet"]


def compiled() -> list[str]:
    """Return the command of the pipeline's first task."""
    text = Path(os.environ["PIPELINE"]).read_text(encoding="utf-8")
    executors = next(yaml.safe_load_all(text))["deploymentSpec"]["executors"]
    container = executors["exec-make-numeric-dataset"]["container"]
    given = json.dumps(EXECUTOR_INPUT)
    return container["command"] + [a.replace("{{$}}", given) for a in container["args"]]


def seconds(container: Container, command: list[str]) -> float:
    """Run a command in a pod; return how long it took."""
    start = time.perf_counter()
    container.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Unpack the image, let the commands take turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pip", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=9)
    args = parser.parse_args()
    image = Image(Path(os.environ["IMAGE"]))
    with tempfile.TemporaryDirectory() as scratch:
        root, tmp, pip = Path(scratch, "root"), Path(scratch, "tmp"), Path(scratch, "pip")
        image.unpack(root)
        (root / "pip").mkdir()
        as_group_sees(root)
        tmp.mkdir()
        zipfile.ZipFile(args.pip).extractall(pip)
        compileall.compile_dir(pip, quiet=1, invalidation_mode=UNCHECKED_HASH)
        own = image.environment()
        # pip wants a home, and Debian's Python would refuse what a cluster's image allows.
        more = {"HOME": "/tmp", "PIP_BREAK_SYSTEM_PACKAGES": "1"}
        more |= {"PYTHONPATH": f"{own['PYTHONPATH']}:/pip"}
        plain = Container(root, tmp, own)
        with_pip = Container(root, tmp, own | more, mounts={"/pip": pip})
        commands = {
            "compiled": (plain, compiled()),
            "default": (with_pip, ["sh", "-c", INSTALL, *compiled()]),
            "imports": (plain, IMPORTS),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(args.runs):
            for name, (container, command) in commands.items():
                times[name].append(seconds(container, command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        ratio = median / medians["compiled"]
        print(f"{name:9} {median:6.3f} s  (least {min(times[name]):.3f} s), {ratio:.2f} x compiled")


if __name__ == "__main__":
    main()
