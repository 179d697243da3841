"""Compares the images of a release with the components of its wheel.

The index of a release has the image of the whole library for each platform, and then one member for
each component: an image, or an index of its images for all platforms.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.registry import Entry

TITLE_LABEL = "org.opencontainers.image.title"
_COMPONENT = re.compile(r"kfp_component_lib/components/[^/]+/(?P<name>(?!__init__)\w+)\.py")

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Content:
    """What an image holds.

    Attributes:
        title: Its title, by its label.
        architecture: Its architecture.
        whole: Whether it holds the whole library.
        files: The library's files in it.
    """

    title: str
    architecture: str
    whole: bool
    files: frozenset[str]


def check_members(entries: Sequence[Entry], contents: Mapping[str, Content], wheel: Files) -> None:
    """Check that an index has the whole library first, and then one member for each component.

    Args:
        entries: What the index lists, in its order.
        contents: What each image holds, by its digest.
        wheel: The files of the wheel.

    Raises:
        DeliveryError: If a member is missing, added, of another component, of other platforms, or
            does not hold exactly the modules that its component imports.
    """
    for entry in entries:
        _must_be_titled(entry, contents)
    whole = [entry for entry in entries if _is_whole(entry, contents)]
    if not whole or list(entries[: len(whole)]) != whole:
        raise DeliveryError(
            "the image of the whole library must come first in the index, and once for each "
            f"platform, got {[entry.title for entry in entries]}."
        )
    library = contents[whole[0].images[0]].title
    platforms = sorted(contents[image].architecture for e in whole for image in e.images)
    _must_be("platforms of the images of the whole library", sorted(set(platforms)), platforms)
    components = component_sources(wheel)
    members = entries[len(whole) :]
    _must_be(
        "members of the index",
        sorted(f"{library} {c}" for c in components),
        sorted(_titles(members)),
    )
    for member in members:
        name = str(member.title).removeprefix(f"{library} ")
        found = sorted(contents[image].architecture for image in member.images)
        _must_be(f"platforms of the images of {name}", platforms, found)
        needed = needed_files(name, components[name], wheel)
        for image in member.images:
            held = {file for file in contents[image].files if file.endswith(".py")}
            _must_be(f"modules that {name} imports and {image} lacks", [], sorted(needed - held))
            _must_be(f"modules in {image} that {name} does not import", [], sorted(held - needed))


def component_sources(wheel: Files) -> dict[str, bytes]:
    """Return the module of each component in a wheel, by the name of the component."""
    return {m["name"]: c for file, c in wheel.items() if (m := _COMPONENT.fullmatch(file))}


def needed_files(component: str, source: bytes, wheel: Files) -> set[str]:
    """Return the files of the wheel that the function of a component imports, at whatever depth.

    KFP delivers the function itself with the pipeline, so its module is not among them.
    """
    functions = [
        node
        for node in _parsed(component, source).body
        if isinstance(node, ast.FunctionDef) and node.name == component
    ]
    found: set[str] = set()
    waiting = [file for function in functions for file in _imported(function, wheel)]
    while waiting:
        if (file := waiting.pop()) not in found:
            found.add(file)
            waiting += _imported(_parsed(file, wheel[file]), wheel)
    return found


def _imported(tree: ast.AST, wheel: Files) -> Iterator[str]:
    for name in _names(tree):
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            path = "/".join(parts[:end])
            yield from (file for file in (f"{path}.py", f"{path}/__init__.py") if file in wheel)


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _parsed(file: str, source: bytes) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise DeliveryError(f"{file} in the wheel must be Python, got {str(error)!r}.") from None


def _is_whole(entry: Entry, contents: Mapping[str, Content]) -> bool:
    return bool(entry.images) and all(contents[image].whole for image in entry.images)


def _must_be_titled(entry: Entry, contents: Mapping[str, Content]) -> None:
    """Check that every image of an entry was looked at, and has the title that the index says."""
    for image in entry.images:
        if image not in contents:
            raise DeliveryError(
                f"the index must list images of this release alone, got {image}, which has no "
                "platform."
            )
        if entry.title is not None:
            _must_be(f"{TITLE_LABEL} of {image}", entry.title, contents[image].title)


def _titles(entries: Sequence[Entry]) -> list[str]:
    return [str(entry.title) for entry in entries]


def _must_be(what: str, wanted: object, got: object) -> None:
    if wanted != got:
        raise DeliveryError(f"{what} must be {wanted!r}, got {got!r}. They do not belong together.")
