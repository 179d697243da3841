"""Writes the reference of the library: docs/library/MODULE.md, from the docstrings of its modules."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType

from docstring_parser.common import Docstring, DocstringReturns
from docstring_parser.google import DEFAULT_SECTIONS, GoogleParser, Section, SectionType
from kfp.dsl.graph_component import GraphComponent

from kfp_component_lib.reports.markdown import markdown_table
from tools.generated import table_cell, write_pages

_PACKAGE = "kfp_component_lib"
# What programs may import; everything else can change with every version.
GROUPS = {
    "Data": [
        "datasets",
        "data_processing.numeric_data",
        "data_processing.tabular_data",
        "data_processing.loading",
        "data_processing.profiling",
        "data_processing.validation",
        "data_processing.splitting",
        "data_processing.features",
        "data_processing.shards",
        "content",
    ],
    "Training": ["training.linear", "training.trees", "models", "tree_models"],
    "Prediction": ["deployment.prediction", "deployment.tree_prediction"],
    "Evaluation": [
        "evaluation.classification",
        "evaluation.regression",
        "evaluation.drift",
    ],
    "Pipelines as steps of others": ["pipelines"],
    "Errors": ["errors"],
}
_SOURCE = "Source"
_PARSER = GoogleParser([*DEFAULT_SECTIONS, Section(_SOURCE, "source", SectionType.SINGULAR)])
_WIDTH = 80
_MARK = "<!-- Generated, so do not edit it. Update it with: bazel run //docs/library:update -->"


def documents() -> dict[str, str]:
    """Return the content of each generated file, by its name."""
    modules = {
        name: importlib.import_module(f"{_PACKAGE}.{name}")
        for names in GROUPS.values()
        for name in names
    }
    pages = {f"{name}.md": _page(module) for name, module in modules.items()}
    return pages | {"README.md": _contents(modules)}


def _contents(modules: dict[str, ModuleType]) -> str:
    tables = []
    for title, names in GROUPS.items():
        rows = [(f"[{name}]({name}.md)", _first_line(modules[name])) for name in names]
        tables.append(f"## {title}\n\n{markdown_table(('Module', 'Purpose'), rows, table_cell)}")
    sections = "\n".join(tables)
    return f"""# Library

{_MARK}

The components are thin wrappers around the modules of the package `{_PACKAGE}`. Except for its pipelines,
these do not depend on KFP, so any Python program can use them. What is not listed here can change with every
version.

{sections}"""


def _first_line(module: ModuleType) -> str:
    return inspect.getdoc(module).partition("\n\n")[0]


def _page(module: ModuleType) -> str:
    path = module.__name__.replace(".", "/")
    file = f"{path}/__init__.py" if hasattr(module, "__path__") else f"{path}.py"
    members = "\n".join(_member(name, module) for name in module.__all__)
    return f"""# {module.__name__.removeprefix(_PACKAGE + ".")}

{_MARK}

{_preserved(inspect.getdoc(module))}

```python
{_import(module)}
```

{members}
Its source is [{file}](../../{file}).
"""


def _preserved(text: str) -> str:
    """Return a text whose indented lines, such as trees and tables, keep their layout."""
    blocks = text.split("\n\n")
    return "\n\n".join(
        f"```\n{block}\n```" if any(line.startswith(" ") for line in block.split("\n")) else block
        for block in blocks
    )


def _import(module: ModuleType) -> str:
    line = f"from {module.__name__} import {', '.join(module.__all__)}"
    if len(line) <= _WIDTH:
        return line
    names = "".join(f"    {name},\n" for name in module.__all__)
    return f"from {module.__name__} import (\n{names})"


def _member(name: str, module: ModuleType) -> str:
    member = getattr(module, name)
    if isinstance(member, GraphComponent):
        return _callable(name, member.pipeline_func)
    if inspect.isclass(member):
        return _class(name, member)
    if callable(member):
        return _callable(name, member)
    return f"## {name}\n\n```python\n{_assignment(name, module)}\n```\n"


def _assignment(name: str, module: ModuleType) -> str:
    """Return the statement that defines a constant."""
    source = inspect.getsource(module)
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.get_source_segment(source, node)
    raise LookupError(f"{module.__name__}.{name} must be assigned in that module, got nothing.")


def _callable(name: str, function: Callable, level: str = "##") -> str:
    docstring = _PARSER.parse(inspect.getdoc(function) or "")
    code = f"```python\n{signature(name, function)}\n```"
    return "\n".join([f"{level} {name}\n", code, "", *_body(docstring)])


def _class(name: str, member: type) -> str:
    docstring = _PARSER.parse(inspect.getdoc(member))
    bases = ", ".join(base.__name__ for base in member.__bases__ if base is not object)
    head = f"class {name}({bases})" if bases else f"class {name}"
    methods = [
        _callable(f"{name}.{method}", function, "###") for method, function in _methods(member)
    ]
    return "\n".join([f"## {name}\n", f"```python\n{head}\n```", "", *_body(docstring), *methods])


def _methods(member: type) -> Iterator[tuple[str, Callable]]:
    """Yield the documented public methods and properties that a class defines itself."""
    for name, value in vars(member).items():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if not name.startswith("_") and inspect.isfunction(function) and function.__doc__:
            yield name, function


def signature(name: str, function: Callable) -> str:
    """Return the head of a function as its source states it, under the given name.

    Args:
        name: Name to show.
        function: The function.
    """
    node = _function(textwrap.dedent(inspect.getsource(function)))
    node.args.args = [given for given in node.args.args if given.arg not in ("self", "cls")]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{name}({ast.unparse(node.args)}){returns}"
    return line if len(line) <= _WIDTH else f"{name}(\n{_indented(node.args)}){returns}"


def _function(source: str) -> ast.FunctionDef:
    return next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))


def _indented(arguments: ast.arguments) -> str:
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    lines = [_argument(*pair) for pair in zip(positional, defaults, strict=True)]
    if arguments.vararg or arguments.kwonlyargs:
        lines.append(f"*{ast.unparse(arguments.vararg) if arguments.vararg else ''}")
    lines += [
        _argument(*pair) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        lines.append(f"**{ast.unparse(arguments.kwarg)}")
    return "".join(f"    {line},\n" for line in lines)


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(argument) + (f" = {ast.unparse(default)}" if default else "")


def _body(docstring: Docstring) -> Iterator[str]:
    """Yield the paragraphs and tables of a docstring."""
    for text in (docstring.short_description, docstring.long_description):
        if text:
            yield _preserved(text) + "\n"
    named = [("attribute", "Attribute"), ("param", "Argument")]
    for kind, title in named:
        rows = [(f"`{p.arg_name}`", p.description) for p in docstring.params if p.args[0] == kind]
        if rows:
            yield markdown_table((title, "Description"), rows, table_cell)
    if isinstance(docstring.returns, DocstringReturns):
        yield f"**Returns:** {_returned(docstring.returns)}\n"
    raised = [(f"`{error.type_name}`", error.description) for error in docstring.raises]
    if raised:
        yield markdown_table(("Raises", "When"), raised, table_cell)
    for meta in docstring.meta:
        if meta.args[0] == "source":
            yield f"**Source:** {' '.join(meta.description.split())}\n"


def _returned(returns: DocstringReturns) -> str:
    start = f"{returns.type_name}: " if returns.type_name else ""
    return " ".join((start + returns.description).split())


def main() -> None:
    """Write the reference."""
    write_pages("docs/library", documents())


if __name__ == "__main__":
    main()
