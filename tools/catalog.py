"""Writes the reference of the components: docs/components/NAME.md, and catalog.json for programs.

Inputs, outputs, types, defaults and descriptions come from the compiled component; stability,
requirements, tags and limits come from the NAME.metadata.yaml beside its source.
"""

import argparse
import json
import sys
from pathlib import Path

import docstring_parser
import yaml
from kfp.dsl.base_component import BaseComponent

from kfp_component_lib import KFP_CONTAINER_IMAGE, VERSION, components
from kfp_component_lib.reports.markdown import markdown_table
from tools.examples import example
from tools.generated import table_cell, write_pages

_ROOT = Path(components.__file__).parent
_MARK = "<!-- Generated, so do not edit it. Update it with: bazel run //docs/components:update -->"
_METADATA_KEYS = ("name", "stability", "dependencies", "lastVerified", "tags")


def catalog() -> list[dict]:
    """Return the catalogue entry of every component, ordered by name."""
    return [_entry(name) for name in components.__all__]


def documents() -> dict[str, str]:
    """Return the content of each generated file, by its name."""
    entries = catalog()
    pages = {f"{entry['name']}.md": _page(entry) for entry in entries}
    pages["README.md"] = _contents(entries)
    pages["catalog.json"] = json.dumps(entries, indent=2) + "\n"
    return pages


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
    limits = metadata.pop("limits", [])
    if tuple(metadata) != _METADATA_KEYS or metadata["name"] != name:
        sys.exit(
            f"{path.name} must have the keys {_METADATA_KEYS}, and it may have limits, got "
            f"{list(metadata)}. Correct it."
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
        "limits": limits,
    }


def _input(name: str, spec, texts: dict[str, str]) -> dict:
    default = {} if spec.default is None else {"default": spec.default}
    return {**_output(name, spec, texts), "required": not spec.optional, **default}


def _output(name: str, spec, texts: dict[str, str]) -> dict:
    kind = spec.type.split("@")[0].removeprefix("system.")
    kind = f"list of {kind}" if spec.is_artifact_list else kind
    return {"name": name, "type": kind, "description": texts.get(name, "")}


def _contents(entries: list[dict]) -> str:
    tables = []
    for category in dict.fromkeys(entry["category"] for entry in entries):
        rows = [
            (f"[{entry['name']}]({entry['name']}.md)", entry["description"].partition("\n")[0])
            for entry in entries
            if entry["category"] == category
        ]
        table = markdown_table(("Component", "Purpose"), rows, table_cell)
        tables.append(f"## {category.replace('_', ' ').capitalize()}\n\n{table}")
    sections = "\n".join(tables)
    return f"""# Components

{_MARK}

Components exchange Parquet files and folders, so the output of one is the input of another. A pipeline imports
them from `kfp_component_lib.components`. Each page states the inputs and outputs of a component, the limits of its
memory and of its exactness, and a program that runs it. A value that a component cannot use is an error, and
never silently dropped or changed.

{sections}"""


def _page(entry: dict) -> str:
    inputs = [
        (f"`{i['name']}`", f"`{i['type']}`", _default(i), i["description"]) for i in entry["inputs"]
    ]
    outputs = [(f"`{o['name']}`", f"`{o['type']}`", o["description"]) for o in entry["outputs"]]
    needs = ", ".join(f"{d['name']} {d['version']}" for d in entry["dependencies"]["kubeflow"])
    return f"""# {entry["name"]}

{_MARK}

## Overview

{entry["description"]}

## Inputs

{markdown_table(("Parameter", "Type", "Default", "Description"), inputs, table_cell)}
## Outputs

{markdown_table(("Output", "Type", "Description"), outputs, table_cell)}
{_limits(entry)}## Usage Examples

This program runs on generated data, with KFP's local runner:

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


def _limits(entry: dict) -> str:
    limits = "".join(f"- {limit}\n" for limit in entry["limits"])
    return f"## Limits\n\n{limits}\n" if limits else ""


def _default(given: dict) -> str:
    if given["required"]:
        return "required"
    return f"`{json.dumps(given['default'])}`" if "default" in given else "none"


def write() -> list[Path]:
    """Write every generated file; return those that have changed or are new."""
    return write_pages("docs/components", documents())


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
