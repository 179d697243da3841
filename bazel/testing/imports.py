"""Checks the imports of Python libraries against the modules that their dependencies provide."""

import ast
import dataclasses
import functools
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_DIST_INFO = re.compile(r"([^/]+)-[^-/]+\.dist-info/METADATA")


@dataclasses.dataclass
class Library:
    """A Python library of the build.

    Attributes:
        label: Its label.
        deps: The labels of its dependencies.
        sources: Its own modules: their files by their dotted names.
        installed: The modules of an installed distribution, if it is one.
        distribution: That distribution's name, in lower case and with underscores, as in a pip hub.
    """

    label: str
    deps: list[str]
    sources: dict[str, Path] = dataclasses.field(default_factory=dict)
    installed: set[str] = dataclasses.field(default_factory=set)
    distribution: str = ""


@dataclasses.dataclass(frozen=True)
class Import:
    """An import: the module that it names, the line, and the function around it, if there is one."""

    module: str
    line: int
    function: str


class Graph:
    """Libraries and their dependencies.

    Attributes:
        libraries: The libraries, by their labels.
    """

    def __init__(self, text: str, hub: str):
        """Read the output of the rule python_graph; `hub` is the pip hub that messages name."""
        self.libraries: dict[str, Library] = {}
        self._hub = hub
        self._components: dict[str, str] = {}
        for line in text.splitlines():
            self._add(*line.split("\t"))
        self._homes: dict[str, list[str]] = {}
        for each in self.libraries.values():
            for module in each.sources:
                self._homes.setdefault(module, []).append(each.label)
        self.brought = functools.cache(self._brought)

    def _add(self, kind: str, first: str, second: str = "") -> None:
        last = next(reversed(self.libraries.values()), None)
        if kind == "library":
            self.libraries[first] = Library(first, second.split())
        elif kind == "component":
            self._components[first] = second
        elif kind == "module" and last:
            last.sources[_dotted(first)] = Path(second)
        elif last and (found := _DIST_INFO.fullmatch(first)):
            last.distribution = re.sub(r"[-_.]+", "_", found[1]).lower()
        elif last:
            last.installed.add(_dotted(first))

    def _brought(self, label: str) -> frozenset[str]:
        """Return the labels of a library and of all of its dependencies."""
        found, ahead = set(), {label}
        while ahead:
            found |= ahead
            ahead = {dep for each in ahead for dep in self.libraries[each].deps} - found
        return frozenset(found)

    def missing(self) -> list[str]:
        """Return a message for every import of the main repository that no dependency provides."""
        found = (
            message
            for library in self.libraries.values()
            if library.label.startswith("//")
            for source in library.sources.values()
            for message in self._missing_in(library, source)
        )
        return list(dict.fromkeys(found))

    def _missing_in(self, library: Library, source: Path) -> Iterator[str]:
        found = list(imports(source.read_text(encoding="utf-8")))
        # Components are in modules that import kfp. Their functions run in images of their own, which
        # have kfp but not its requirements.
        components = self._components if any(_is_of_kfp(each) for each in found) else {}
        for each in found:
            owner = components.get(each.function, library.label)
            if each.function in components and _is_of_kfp(each):
                continue
            if not self._is_brought(each.module, owner):
                yield self._message(each, source, owner)

    def _message(self, found: Import, source: Path, owner: str) -> str:
        name, label = self._advice(found.module)
        return (
            f"{name} is imported by {source}, line {found.line}, "
            f'add "{label}" to the deps of {_shown(owner)}.'
        )

    def _is_brought(self, module: str, label: str) -> bool:
        if module.split(".")[0] in sys.stdlib_module_names:
            return True
        if own := self._own(module):
            return not self.brought(label).isdisjoint(self._homes[own])
        return any(
            self.libraries[each].installed & _prefixes(module) for each in self.brought(label)
        )

    def _own(self, module: str) -> str:
        """Return a module of a library, or the one that defines a name; empty if there is none."""
        return max(_prefixes(module) & self._homes.keys(), key=len, default="")

    def _advice(self, module: str) -> tuple[str, str]:
        """Return the missing module, and a label that provides it."""
        if own := self._own(module):
            return own, _shown(self._homes[own][0])
        top = module.split(".")[0]
        known = (
            each.distribution
            for each in self.libraries.values()
            if each.distribution and each.installed & _prefixes(module)
        )
        return top, f"{self._hub}//{next(known, top)}"


def _is_of_kfp(found: Import) -> bool:
    return found.module.split(".")[0] == "kfp"


def _shown(label: str) -> str:
    """Return a label as BUILD files of the main repository write it."""
    package, _, name = label.partition(":")
    return package if package.endswith(f"/{name}") else label


def _dotted(path: str) -> str:
    """Return the import name of the module in a source or compiled file."""
    folder, _, file = path.rpartition("/")
    return f"{folder}/{file.split('.')[0]}".strip("/").removesuffix("/__init__").replace("/", ".")


def _prefixes(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def imports(source: str) -> Iterator[Import]:
    """Yield the imports that a module needs, including those in its functions."""
    yield from _imports_in(ast.parse(source).body, "")


def _imports_in(nodes: Iterable[ast.AST], function: str) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, function) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (Import(name, node.lineno, function) for name in names)
        else:
            name = getattr(node, "name", "") if isinstance(node, ast.FunctionDef) else ""
            yield from _imports_in(_needed(node), function or name)


def _needed(node: ast.AST) -> list[ast.AST]:
    """Return the children of a node that run wherever its module runs."""
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        return list(node.orelse)
    if isinstance(node, ast.Try) and any(_catches_import_error(each) for each in node.handlers):
        return [*node.orelse, *node.finalbody]
    return list(ast.iter_child_nodes(node))


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    kind = handler.type
    caught = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    names = {ast.unparse(each) for each in caught if each}
    return kind is None or bool(names & {"Exception", "ImportError", "ModuleNotFoundError"})
