"""Times the compile tool against KFP's command line, side by side, on the same pipelines.

Both start from nothing: the tool's time holds its own start and the import of KFP, as the first
build after a change of KFP does. Processor time is what a busy machine disturbs less. Each output is compared with the command line's, byte for byte.
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_SOURCE = """\
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component(base_image="python:3.13", install_kfp_package=False)
def make(rows: int, data: Output[Dataset]):
    print(rows)


@dsl.component(base_image="python:3.13", install_kfp_package=False)
def read(data: Input[Dataset]) -> int:
    return len(data.path)


@dsl.pipeline(name="pipeline-{number}")
def pipeline(rows: int = {number}):
    with dsl.ParallelFor(items=[1, 2, 3]):
        read(data=make(rows=rows).output)
"""


def main() -> None:
    """Print a table of times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", type=os.path.abspath)
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 10, 100])
    args = parser.parse_args()
    print("| pipelines | time | kfp dsl compile | compile tool | ratio |\n|---|---|---|---|---|")
    for count in args.counts:
        with tempfile.TemporaryDirectory() as folder:
            _compare(args.tool, Path(folder), count)


def _compare(tool: str, folder: Path, count: int) -> None:
    sources = [folder / f"pipeline_{number}.py" for number in range(count)]
    for number, source in enumerate(sources):
        source.write_text(_SOURCE.format(number=number), encoding="utf-8")
    ours = _times(lambda: _by_tool(tool, sources))
    peers = _times(lambda: _by_command_line(sources))
    for source in sources:
        assert _out(source, "tool").read_bytes() == _out(source, "kfp").read_bytes()
    for name, peer, own in zip(("wall", "processor"), peers, ours, strict=True):
        print(f"| {count} | {name} | {peer:.2f} s | {own:.2f} s | {peer / own:.1f} |", flush=True)


def _times(work: Callable[[], None]) -> tuple[float, float]:
    """Return the wall time and the processor time of the processes that the work starts."""
    wall, processor = time.perf_counter(), _processor_time()
    work()
    return time.perf_counter() - wall, _processor_time() - processor


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _out(source: Path, maker: str) -> Path:
    return source.with_suffix(f".{maker}.yaml")


def _by_command_line(sources: list[Path]) -> None:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    # What the script `kfp` does, which a folder of packages does not have.
    command = [sys.executable, "-c", "from kfp.cli.__main__ import main; main()", "dsl", "compile"]
    for source in sources:
        flags = ["--py", str(source), "--output", str(_out(source, "kfp"))]
        subprocess.run([*command, *flags], env=environ, check=True, stdout=subprocess.DEVNULL)


def _by_tool(tool: str, sources: list[Path]) -> None:
    """Compile as Bazel does: one worker, as many requests under way as there are processors."""
    roots = [f"--kfp_root={path}" for path in sys.path if path.endswith("/site-packages")]
    with subprocess.Popen(
        [tool, *roots, "--persistent_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        waiting = iter(sources)
        for source in itertools.islice(waiting, os.cpu_count()):
            _send(worker, source)
        for _ in sources:
            response = json.loads(worker.stdout.readline())
            assert response["exitCode"] == 0, response["output"]
            for source in itertools.islice(waiting, 1):
                _send(worker, source)
        worker.stdin.close()


def _send(worker: subprocess.Popen, source: Path) -> None:
    arguments = [
        f"--label=//:{source.stem}",
        "--kind=pipeline",
        f"--source={source}",
        f"--out={_out(source, 'tool')}",
        f"--file=_main/{source.name}={source}",
        "--root=_main",
    ]
    number = int(source.stem.rpartition("_")[2]) + 1
    worker.stdin.write(json.dumps({"requestId": number, "arguments": arguments}).encode() + b"\n")
    worker.stdin.flush()


if __name__ == "__main__":
    main()
