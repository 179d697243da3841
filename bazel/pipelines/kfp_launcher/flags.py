"""The parameters of a pipeline as typed flags of a command line."""

import argparse
import json
from collections.abc import Callable

from kfp.dsl.base_component import BaseComponent
from kfp.dsl.structures import InputSpec


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _json(kind: type) -> Callable[[str], object]:
    def parse(text: str) -> object:
        value = json.loads(text)
        if not isinstance(value, kind):
            raise ValueError(text)
        return value

    # argparse names the type by this when it refuses a value.
    parse.__name__ = f"JSON {kind.__name__}"
    return parse


_boolean.__name__ = "boolean (true or false)"
_TYPES: dict[str, Callable[[str], object]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": _boolean,
    "List": _json(list),
    "Dict": _json(dict),
}


def add_parameters(parser: argparse.ArgumentParser, component: BaseComponent) -> None:
    """Add a flag for every input of a pipeline or component.

    A flag that is not given is left out of the parsed values, so that the default is KFP's.
    """
    group = parser.add_argument_group("parameters of the pipeline")
    for name, spec in (component.component_spec.inputs or {}).items():
        default = f"(default: {json.dumps(_default(spec))})" if spec.optional else "(required)"
        group.add_argument(
            f"--{name}",
            type=_TYPES.get(spec.type, str),
            required=not spec.optional,
            default=argparse.SUPPRESS,
            metavar=spec.type.upper(),
            help=f"{spec.description or ''} {default}".replace("%", "%%").strip(),
        )


def _default(spec: InputSpec) -> object:
    """Return the default as it was written: a compiled pipeline holds every number as a double."""
    whole = spec.type == "Integer" and spec.default is not None
    return int(spec.default) if whole else spec.default
