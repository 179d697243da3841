"""Runs a failed task of a cluster again on this machine, in its image, from its ExecutorInput.

KFP's launcher logs the ExecutorInput of every task. Save it as a file and name the local copies of
the artifacts that the task read. The task then runs with the same command, and gives the same
traceback, the same exit code, and its outputs in a folder.

    bazel run //tools:replay -- executor_input.json --artifact minio://bucket/train=train.parquet
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from container import Container, as_group_sees
from kfp.dsl import Artifact
from oci_layout import Image

Json = dict[str, Any]


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="bazel run //tools:replay --", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("executor_input", type=Path, help="the logged ExecutorInput, a JSON file")
    parser.add_argument("--artifact", action="append", default=[], metavar="URI=PATH",
                        help="local path of an artifact that the task read")  # fmt: skip
    parser.add_argument(
        "--component", help="the task's component, if its ExecutorInput fits several"
    )
    parser.add_argument("--pipeline", type=Path, action="append", default=[],
                        help="a compiled pipeline (default: those of //pipelines:compile)")  # fmt: skip
    parser.add_argument(
        "--keep", type=Path, help="folder in which to keep the unpacked image for the next replay"
    )
    parser.add_argument("--out", type=Path, default=Path("replay"), help="folder for the outputs")
    return parser.parse_args(argv)


def components(pipelines: list[Path]) -> Iterator[tuple[str, Json, Json]]:
    """Yield the name, interface and container of each component in compiled pipelines."""
    for path in pipelines:
        spec = next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        for name, component in spec["components"].items():
            executor = spec["deploymentSpec"]["executors"].get(component.get("executorLabel"), {})
            if "container" in executor:
                yield name.removeprefix("comp-"), component, executor["container"]


def names(interface: Json) -> list[set[str]]:
    """Return the names of the input and output parameters and artifacts of a component."""
    definitions = interface.get("inputDefinitions", {}), interface.get("outputDefinitions", {})
    return [set(d.get(kind, {})) for d in definitions for kind in ("parameters", "artifacts")]


def fits(interface: Json, executor_input: Json) -> bool:
    """Return whether a task with this ExecutorInput can be a task of this component."""
    in_parameters, in_artifacts, out_parameters, out_artifacts = names(interface)
    inputs, outputs = executor_input.get("inputs", {}), executor_input.get("outputs", {})
    return (
        set(inputs.get("parameterValues", {})) <= in_parameters
        and set(inputs.get("artifacts", {})) <= in_artifacts
        and set(outputs.get("parameters", {})) == out_parameters
        and set(outputs.get("artifacts", {})) == out_artifacts
    )


def choose(pipelines: list[Path], executor_input: Json, wanted: str | None) -> Json:
    """Return the container of the only component that matches.

    A pipeline that uses a component twice contains it under two names, with the same container.
    """
    found = {
        name: container
        for name, interface, container in components(pipelines)
        if (name == wanted if wanted else fits(interface, executor_input))
    }
    different = {json.dumps(container, sort_keys=True) for container in found.values()}
    if len(different) != 1:
        known = sorted({name for name, _, _ in components(pipelines)})
        sys.exit(
            "--component must name the component of the task, "
            f"got {wanted!r}, which matches {sorted(found)}. One of: {', '.join(known)}"
        )
    return next(iter(found.values()))


def artifacts(side: Json) -> Iterator[str]:
    """Yield the URIs of the input or of the output artifacts in an ExecutorInput."""
    for group in side.get("artifacts", {}).values():
        for artifact in group["artifacts"]:
            yield artifact["uri"]


def seen_at(uri: str) -> PurePosixPath:
    """Return the path at which a component sees an artifact; it must be below a folder of the root.

    Whoever logged the ExecutorInput chose the URI, and files are written at that path below `--out`.
    """
    path = PurePosixPath(Artifact(uri=uri).path or "")
    if not path.is_absolute() or len(path.parts) < 3 or ".." in path.parts or "\0" in uri:
        sys.exit(
            "executor_input must have artifacts with URIs such as minio://BUCKET/PATH, without "
            f"'..', got {uri!r}."
        )
    return path


def place(executor_input: Json, given: Mapping[str, Path], folder: Path) -> None:
    """Copy the artifacts that the task read into `folder`, at the paths where it sees them."""
    read = list(artifacts(executor_input.get("inputs", {})))
    if missing := [uri for uri in read if uri not in given]:
        sys.exit(
            f"--artifact must name a local path for each input, got nothing for {missing[0]}. "
            f"Add: --artifact {missing[0]}=PATH"
        )
    for uri in read:
        target = folder / str(seen_at(uri)).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if given[uri].is_dir() else shutil.copy
        copy(given[uri], target)


def mounts(executor_input: Json, folder: Path) -> dict[str, Path]:
    """Return the top-level folders that the task sees: /minio, /gcs, … and always /tmp."""
    sides = executor_input.get("inputs", {}), executor_input.get("outputs", {})
    tops = {seen_at(uri).parts[1] for side in sides for uri in artifacts(side)} | {"tmp"}
    found = {f"/{top}": folder / top for top in tops}
    for path in found.values():
        path.mkdir(parents=True, exist_ok=True)
    return found


def member(layout: Path, reference: str) -> str:
    """Return the digest of the image that a task names, if that image was built here."""
    digest = reference.partition("@")[2]
    there = digest and layout.joinpath("blobs", *digest.split(":")).exists()
    return digest if there else ""


def unpacked(image: Image, folder: Path) -> Path:
    """Return the image's files as a pod's group sees them; unpack them to `folder` if needed."""
    root = folder / image.digest.replace(":", "-")
    if not root.exists():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            image.unpack(Path(scratch, "root"))
            as_group_sees(Path(scratch, "root"))
            Path(scratch, "root").rename(root)
    return root


def run(image: Image, root: Path, command: list[str], seen: dict[str, Path]) -> int:
    """Run the command in the unpacked image, and return its exit code."""
    tmp = seen.pop("/tmp")
    uid = int(image.config["config"]["User"].partition(":")[0])
    return Container(root, tmp, image.environment(), uid, mounts=seen).run(command).returncode


def main(argv: list[str]) -> int:
    """Replay the task."""
    if sys.platform != "linux":
        sys.exit(f"replay must run on Linux, whose namespaces it uses, got {sys.platform}.")
    compiled = [Path(path).absolute() for path in os.environ["PIPELINES"].split()]
    layout = Path(os.environ["IMAGE"]).absolute()
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    args = parse(argv)
    text = args.executor_input.read_text(encoding="utf-8")
    executor_input = json.loads(text)
    container = choose(args.pipeline or compiled, executor_input, args.component)
    given = {uri: Path(path) for uri, _, path in (a.rpartition("=") for a in args.artifact)}
    out = args.out.absolute()
    if out.exists():
        sys.exit(
            f"--out must name a folder that does not exist yet, got {str(args.out)!r}. Move it."
        )
    for side in ("inputs", "outputs"):
        for uri in artifacts(executor_input.get(side, {})):
            seen_at(uri)
    place(executor_input, given, out)
    arguments = [argument.replace("{{$}}", text) for argument in container["args"]]
    command = container["command"] + arguments
    image = Image(layout, member(layout, container["image"]))
    with nullcontext(args.keep) if args.keep else tempfile.TemporaryDirectory() as folder:
        root = unpacked(image, Path(folder))
        code = run(image, root, command, mounts(executor_input, out))
    print(f"replay: exit code {code}; outputs are in {out}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
