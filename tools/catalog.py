"""Writes the reference of the components: docs/components/NAME.md, and catalog.json for programs.

Inputs, outputs, types, defaults and descriptions come from the compiled component; stability,
requirements and tags come from the NAME.metadata.yaml beside its source.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import docstring_parser
import yaml
from kfp.dsl.base_component import BaseComponent

from kfp_component_lib import KFP_CONTAINER_IMAGE, VERSION, components
from kfp_component_lib.reports.markdown import markdown_table

_ROOT = Path(components.__file__).parent
_METADATA_KEYS = ("name", "stability", "dependencies", "lastVerified", "tags")
_SAMPLES = {"Integer": 1000, "String": "y", "Float": 0.5, "Boolean": True}
# The examples use these inputs where all inputs are optional, but one of several is needed.
_NAMED = {"path": "/data/table.parquet"}


def catalog() -> list[dict]:
    """Return the catalogue entry of every component, ordered by name."""
    return [_entry(name) for name in components.__all__]


def documents() -> dict[str, str]:
    """Return the content of each generated file, by its name."""
    entries = catalog()
    pages = {f"{entry['name']}.md": _page(entry) for entry in entries}
    pages["catalog.json"] = json.dumps(entries, indent=2) + "\n"
    return pages


def example(entry: dict) -> str:
    """Return a pipeline that only runs the component, with a value for each required input."""
    lines, arguments = [], []
    required = [given for given in entry["inputs"] if given["required"]]
    for given in required or [given for given in entry["inputs"] if given["name"] in _NAMED]:
        name, kind = given["name"], given["type"]
        value = json.dumps(_NAMED.get(name, _SAMPLES.get(kind)))
        if kind.startswith("list of "):
            lines.append(f'    with dsl.ParallelFor(["/data/1", "/data/2"]) as {name}_uri:')
            kind = kind.removeprefix("list of ")
            lines.append(f"        {name} = dsl.importer({name}_uri, dsl.{kind})")
            value = f"dsl.Collected({name}.output)"
        elif kind not in _SAMPLES:
            lines.append(f'    {name} = dsl.importer("/data/{name}", dsl.{kind})')
            value = f"{name}.output"
        arguments.append(f"{name}={value}")
    call = f"    {entry['name']}({', '.join(arguments)})"
    head = ["from kfp import dsl", "", f"from kfp_component_lib.components import {entry['name']}"]
    return "\n".join([*head, "", "", "@dsl.pipeline", "def example():", *lines, call, ""])


def interface() -> dict:
    """Return the released interface of the components, as `interface_test` compares it."""
    return {
        "name": components.__name__,
        "version": VERSION,
        "components": {entry["name"]: _ports(entry) for entry in catalog()},
    }


def _ports(entry: dict) -> dict:
    return {
        "inputs": {
            given["name"]: {"type": given["type"], "optional": not given["required"]}
            for given in entry["inputs"]
        },
        "outputs": {given["name"]: {"type": given["type"]} for given in entry["outputs"]},
    }


def _entry(name: str) -> dict:
    component: BaseComponent = getattr(components, name)
    (path,) = _ROOT.glob(f"*/{name}.metadata.yaml")
    metadata = yaml.safe_load(path.read_text(encoding="utf-8"))
    if tuple(metadata) != _METADATA_KEYS or metadata["name"] != name:
        sys.exit(
            f"{path.name} must have the keys {_METADATA_KEYS}, got {list(metadata)}. Correct it."
        )
    spec = component.component_spec
    texts = {
        parameter.arg_name: " ".join((parameter.description or "").split())
        for parameter in docstring_parser.parse(component.python_func.__doc__).params
    }
    return {
        "name": name,
        "category": path.parent.name,
        "description": component.description,
        "inputs": [_input(key, value, texts) for key, value in (spec.inputs or {}).items()],
        "outputs": [_output(key, value, texts) for key, value in (spec.outputs or {}).items()],
        "image": KFP_CONTAINER_IMAGE,
        "version": VERSION,
        **{key: metadata[key] for key in ("stability", "dependencies", "tags")},
        "lastVerified": metadata["lastVerified"].isoformat(),
    }


def _input(name: str, spec, texts: dict[str, str]) -> dict:
    default = {} if spec.default is None else {"default": spec.default}
    return {**_output(name, spec, texts), "required": not spec.optional, **default}


def _output(name: str, spec, texts: dict[str, str]) -> dict:
    kind = spec.type.split("@")[0].removeprefix("system.")
    kind = f"list of {kind}" if spec.is_artifact_list else kind
    return {"name": name, "type": kind, "description": texts.get(name, "")}


def _page(entry: dict) -> str:
    inputs = [
        (f"`{i['name']}`", f"`{i['type']}`", _default(i), i["description"]) for i in entry["inputs"]
    ]
    outputs = [(f"`{o['name']}`", f"`{o['type']}`", o["description"]) for o in entry["outputs"]]
    needs = ", ".join(f"{d['name']} {d['version']}" for d in entry["dependencies"]["kubeflow"])
    return f"""# {entry["name"]}

<!-- Generated, so do not edit it. Update it with: bazel run //docs/components:update -->

## Overview

{entry["description"]}

## Inputs

{markdown_table(("Parameter", "Type", "Default", "Description"), inputs, _cell)}
## Outputs

{markdown_table(("Output", "Type", "Description"), outputs, _cell)}
## Usage Examples

```python
{example(entry)}```

## Metadata

- Category: {entry["category"]}
- Stability: {entry["stability"]}
- Version: {entry["version"]}
- Image: `{entry["image"]}`
- Requires: Kubeflow {needs}
- Last verified: {entry["lastVerified"]}
- Tags: {", ".join(entry["tags"])}
"""


def _default(given: dict) -> str:
    if given["required"]:
        return "required"
    return f"`{json.dumps(given['default'])}`" if "default" in given else "none"


def _cell(markdown) -> str:
    return markdown.replace("|", "\\|")


def write() -> list[Path]:
    """Write every generated file, and remove those of components that no longer exist.

    Returns:
        The files whose content has changed, or that are new.
    """
    folder = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]) / "docs" / "components"
    pages = documents()
    for stale in {path.name for path in folder.glob("*.md")} - pages.keys():
        (folder / stale).unlink()
    changed = [folder / name for name, text in pages.items() if _read(folder / name) != text]
    for path in changed:
        path.write_text(pages[path.name], encoding="utf-8")
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> None:
    """Write the reference, or only the interface."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--interface", type=Path, help="write only the components' interface, to this file"
    )
    args = parser.parse_args()
    if args.interface:
        args.interface.write_text(json.dumps(interface(), indent=2) + "\n", encoding="utf-8")
    else:
        changed = write()
        print(f"{len(changed)} files of docs/components have changed")


if __name__ == "__main__":
    main()
