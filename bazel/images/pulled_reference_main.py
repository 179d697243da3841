"""Writes the reference of the image that an oci.pull of a MODULE.bazel names."""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path


def pulls(module: Path) -> Iterator[dict[str, str]]:
    """Yield the text arguments of each pull; this Starlark is also valid Python."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"), str(module))):
        match node:
            case ast.Call(func=ast.Attribute(attr="pull"), keywords=keywords):
                yield dict(texts(keywords))


def texts(keywords: list[ast.keyword]) -> Iterator[tuple[str, str]]:
    """Yield the arguments that are text literals."""
    for keyword in keywords:
        match keyword:
            case ast.keyword(arg=str(name), value=ast.Constant(value=str(text))):
                yield name, text


def main(argv: list[str]) -> None:
    """Write IMAGE:TAG."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--module", type=Path, required=True)
    parser.add_argument("--pull", required=True)
    args = parser.parse_args(argv)
    found = next((pull for pull in pulls(args.module) if pull.get("name") == args.pull), {})
    if not {"image", "tag"} <= found.keys():
        sys.exit(
            f"{args.owner}.pull must be the name of an oci.pull of {args.module.name} with "
            f"`image` and `tag`, got {args.pull!r}. Write both there; its `digest` decides."
        )
    args.out.write_text(f"{found['image']}:{found['tag']}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
