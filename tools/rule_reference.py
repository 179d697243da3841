"""Writes the reference of the rules: docs/rules/NAME.md, from the docstrings in bazel/.

Bazel reads them itself: its rule `starlark_doc_extract` writes the documentation of a file as a
protocol buffer, `stardoc_output.ModuleInfo`. The page of a rule has the sections of its docstring.
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from docstring_parser.common import Docstring
from docstring_parser.google import GoogleParser, Section, SectionType
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from kfp_component_lib.reports.markdown import markdown_table
from tools.generated import table_cell, write_pages

_PACKAGE = "stardoc_output"
# The numbers and types of the fields that the pages need, by message, from Bazel's
# stardoc_output.proto. Protocol buffers ignore all others.
_SCHEMA = {
    "ModuleInfo": {"rule_info": (1, "RuleInfo*"), "func_info": (3, "FunctionInfo*")},
    "RuleInfo": {
        "rule_name": (1, "string"),
        "doc_string": (2, "string"),
        "attribute": (3, "AttributeInfo*"),
        "origin_key": (4, "OriginKey"),
    },
    "AttributeInfo": {
        "name": (1, "string"),
        "doc_string": (2, "string"),
        "type": (3, "int32"),
        "mandatory": (4, "bool"),
        "default_value": (6, "string"),
    },
    "FunctionInfo": {
        "function_name": (1, "string"),
        "parameter": (2, "ParameterInfo*"),
        "doc_string": (3, "string"),
        "origin_key": (6, "OriginKey"),
    },
    "ParameterInfo": {
        "name": (1, "string"),
        "doc_string": (2, "string"),
        "default_value": (3, "string"),
        "mandatory": (4, "bool"),
    },
    "OriginKey": {"file": (2, "string")},
}
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {"bool": _FIELD.TYPE_BOOL, "int32": _FIELD.TYPE_INT32, "string": _FIELD.TYPE_STRING}
# The names in a BUILD file of the values of AttributeType.
_TYPES = {
    1: "name",
    2: "int",
    3: "label",
    4: "string",
    5: "list of strings",
    7: "list of labels",
    8: "bool",
    10: "dict of strings",
}

_TARGETS = "Targets produced"
_PARSER = GoogleParser(
    [
        Section("Example", "examples", SectionType.SINGULAR),
        Section(_TARGETS, "targets", SectionType.MULTIPLE),
    ]
)
# A longer default is read in the source.
_LONG = 60

GROUPS = {
    "Pipelines and components": [
        "kfp_pipeline",
        "kfp_component",
        "kfp_manifests",
        "kfp_managed",
        "interface_test",
    ],
    "Images": ["kfp_image", "kfp_components", "image_of", "image_layouts", "kfp_image_reference"],
    "Layers of images": ["py_layer", "removal_layer", "bytecode_layer", "pulled_reference"],
    "Tests": ["pytest_test", "dependencies_test", "kfp_image_test"],
}

# What a docstring mentions and the site has: pages, and other rules outside of code.
_PAGE = re.compile(r"\bdocs/([\w-]+\.md)")
_RULE = re.compile(rf"(?<![\w`/.])({'|'.join(chain(*GROUPS.values()))})(?!\w|`|\.\w)")


@dataclass(frozen=True)
class Attribute:
    """An attribute of a rule, or a parameter of a macro.

    Attributes:
        name: Its name; with `**` for the attributes that a macro passes on.
        kind: The type of a rule's attribute, else empty.
        default: Its default as Starlark, or None if it is mandatory.
        text: Its description, as Markdown.
    """

    name: str
    kind: str
    default: str | None
    text: str


@dataclass(frozen=True)
class Rule:
    """A public rule or macro.

    Attributes:
        name: Its name in bazel/defs.bzl.
        source: Path of the file that defines it.
        attributes: What may be passed to it.
        docstring: The rest of its documentation.
    """

    name: str
    source: str
    attributes: list[Attribute]
    docstring: Docstring

    @property
    def example(self) -> str:
        """Lines of a BUILD file that use it."""
        return "\n".join(example.description for example in self.docstring.examples)

    @property
    def targets(self) -> list[tuple[str, str]]:
        """The name and the description of each target that it makes."""
        return [
            (meta.args[1], meta.description)
            for meta in self.docstring.meta
            if meta.args[0] == "targets"
        ]


def read(module: bytes) -> list[Rule]:
    """Return the rules and macros of a file, ordered by name.

    Args:
        module: The ModuleInfo that Bazel wrote, in binary form.
    """
    info = _message_class("ModuleInfo").FromString(module)
    rules = [*map(_rule, info.rule_info), *map(_macro, info.func_info)]
    return sorted(rules, key=lambda rule: rule.name)


def _message_class(name: str) -> type[Message]:
    file = descriptor_pb2.FileDescriptorProto(name="stardoc.proto", package=_PACKAGE)
    for message, fields in _SCHEMA.items():
        described = file.message_type.add(name=message)
        for field, (number, kind) in fields.items():
            described.field.append(_field(field, number, kind))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def _field(name: str, number: int, kind: str) -> descriptor_pb2.FieldDescriptorProto:
    label = _FIELD.LABEL_REPEATED if kind.endswith("*") else _FIELD.LABEL_OPTIONAL
    field = _FIELD(name=name, number=number, label=label)
    kind = kind.removesuffix("*")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    return field


def _rule(info) -> Rule:
    attributes = [
        Attribute(given.name, _TYPES[given.type], _default(given), given.doc_string)
        for given in info.attribute
    ]
    return _described(info.rule_name, info, attributes)


def _macro(info) -> Rule:
    # Only a macro's **kwargs are neither mandatory nor have a default.
    attributes = [
        Attribute(
            given.name if given.mandatory or given.default_value else f"**{given.name}",
            "",
            _default(given),
            given.doc_string,
        )
        for given in info.parameter
    ]
    return _described(info.function_name, info, attributes)


def _default(given) -> str | None:
    return None if given.mandatory else given.default_value


def _described(name: str, info, attributes: list[Attribute]) -> Rule:
    source = info.origin_key.file.rpartition("//")[2].replace(":", "/")
    return Rule(name, source, attributes, _PARSER.parse(info.doc_string))


def documents(rules: list[Rule]) -> dict[str, str]:
    """Return the content of each generated file, by its name."""
    return {f"{rule.name}.md": _page(rule) for rule in rules} | {"README.md": _contents(rules)}


def _page(rule: Rule) -> str:
    parts = (rule.docstring.short_description, rule.docstring.long_description)
    text = _linked("\n\n".join(part for part in parts if part))
    return f"""# {rule.name}

<!-- Generated, so do not edit it. Update it with: bazel run //docs/rules:update -->

{text}

## Example

```starlark
load("@kfp_component_lib//bazel:defs.bzl", "{rule.name}")

{rule.example}
```

## Attributes

{_attributes(rule)}
## Targets

{markdown_table(("Target", "What it is"), _targets(rule), table_cell)}
Its source is [{rule.source}](../../{rule.source}).
"""


def _targets(rule: Rule) -> Iterator[tuple[str, str]]:
    for names, text in rule.targets:
        yield ", ".join(f"`{name}`" for name in names.split(", ")), _sentence(text)


def _sentence(text: str) -> str:
    """Return the description of an argument, a noun phrase in a docstring, as a sentence."""
    return _linked(text[:1].upper() + text[1:])


def _linked(text: str) -> str:
    return _RULE.sub(r"[\1](\1.md)", _PAGE.sub(r"[\g<0>](../\1)", text))


def _attributes(rule: Rule) -> str:
    rows = [
        (f"`{given.name}`", given.kind, _shown(given.default), _sentence(given.text))
        for given in rule.attributes
    ]
    if any(given.kind for given in rule.attributes):
        return markdown_table(("Attribute", "Type", "Default", "Description"), rows, table_cell)
    untyped = [(name, default, text) for name, _, default, text in rows]
    return markdown_table(("Attribute", "Default", "Description"), untyped, table_cell)


def _shown(default: str | None) -> str:
    if default is None:
        return "required"
    if default in ("", "None"):
        return "none"
    return f"`{default}`" if len(default) <= _LONG else "a list, see the source"


def _contents(rules: Iterable[Rule]) -> str:
    by_name = {rule.name: rule for rule in rules}
    tables = []
    for title, names in GROUPS.items():
        rows = [
            (f"[{name}]({name}.md)", by_name[name].docstring.short_description) for name in names
        ]
        tables.append(f"## {title}\n\n{markdown_table(('Rule', 'Purpose'), rows, table_cell)}")
    sections = "\n".join(tables)
    return f"""# Rules

<!-- Generated, so do not edit it. Update it with: bazel run //docs/rules:update -->

All rules and macros are loaded from one file, [bazel/defs.bzl](../../bazel/defs.bzl). All of them also have
the attributes `tags` and `visibility`, and the rules have those that
[Bazel gives to every rule](https://bazel.build/reference/be/common-definitions#common-attributes).

{sections}"""


def main() -> None:
    """Write the reference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("module", type=Path, help="what starlark_doc_extract wrote")
    write_pages("docs/rules", documents(read(parser.parse_args().module.read_bytes())))


if __name__ == "__main__":
    main()
