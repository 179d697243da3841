"""Compiles the pipeline of a Python file and names the image that was built with it."""

import argparse
import importlib.util
import sys
from pathlib import Path

import yaml
from kfp import compiler
from kfp.dsl.base_component import BaseComponent
from kfp.dsl.graph_component import GraphComponent


def load(source: Path) -> BaseComponent:
    """Returns the one pipeline that the file defines."""
    spec = importlib.util.spec_from_file_location(source.stem, source)
    module = importlib.util.module_from_spec(spec)
    sys.modules[source.stem] = module
    spec.loader.exec_module(module)
    found = [v for v in vars(module).values() if isinstance(v, GraphComponent)]
    if len(found) != 1:
        sys.exit(f"{source} must define one pipeline, got {[p.name for p in found]}.")
    return found[0]


def inject(documents: list[dict], placeholder: str, reference: str) -> int:
    """Replaces the placeholder in every executor's container; returns how often."""
    executors = documents[0]["deploymentSpec"]["executors"].values()
    containers = [e["container"] for e in executors if e.get("container", {}).get("image") == placeholder]
    for container in containers:
        container["image"] = reference
    return len(containers)


def main() -> None:
    """Compiles, injects, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--placeholder", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--digest-file", type=Path, required=True)
    args = parser.parse_args()
    compiler.Compiler().compile(load(args.source), str(args.out))
    documents = list(yaml.safe_load_all(args.out.read_text(encoding="utf-8")))
    reference = f"{args.image}@{args.digest_file.read_text(encoding='utf-8').strip()}"
    if not inject(documents, args.placeholder, reference):
        sys.exit(f"{args.source} must use a component whose base_image is {args.placeholder!r}; none does.")
    args.out.write_text(yaml.safe_dump_all(documents, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main()
