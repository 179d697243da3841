"""Compiles every pipeline and component below a folder by the SDK and by the compile tool, and compares.

    bazel run //bazel/tests:corpus -- DIR

The data of a source are the files of its folder, and those below it that are not Python. The exit code
is 1 if a definition differs, or if the tool compiles what the SDK refuses. What only the tool refuses is
printed with its message: it refuses an undeclared import, for example, on purpose.
"""

import argparse
import importlib.util
import inspect
import multiprocessing
import os
import sys
import tempfile
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from comparison import comparable
from compile_tool import Compiled, Tool
from kfp import compiler
from kfp.dsl.base_component import BaseComponent
from kfp.dsl.graph_component import GraphComponent

EQUAL, BY_CONTENT, DIFFERENT = "equal bytes", "equal by content", "different"
BOTH_REFUSE, ONLY_TOOL, ONLY_SDK = "refused by both", "refused by the tool", "refused by the SDK"
_WRONG = (DIFFERENT, ONLY_SDK)


@dataclass(frozen=True)
class BySdk:
    """What the SDK makes of one function.

    Attributes:
        function: Its name; empty if the file cannot be loaded.
        kind: `pipeline` or `component`.
        text: The definition; empty if the SDK refuses it.
        reason: Why it does.
    """

    function: str
    kind: str
    text: str = ""
    reason: str = ""


def main() -> int:
    """Compare all definitions, print what is not equal and the counts, and return 1 if one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = Path(os.environ["BUILD_WORKING_DIRECTORY"]) / parser.parse_args().folder
    sources = sorted(path for path in folder.rglob("*.py") if _names_kfp(path))
    if not sources:
        sys.exit(f"DIR must hold Python files that import kfp, got {str(folder)!r}.")
    tool, counts = Tool(), Counter[str]()
    for source in sources:
        for by_sdk, outcome, message in _compared(source, tool):
            counts[outcome] += 1
            if outcome not in (EQUAL, BY_CONTENT):
                shown = f"{source.relative_to(folder)}:{by_sdk.function}"
                print(f"{shown}: {outcome}\n{textwrap.indent(message, '    ')}", flush=True)
    tool.close()
    print("\n" + "\n".join(f"{number:5} {outcome}" for outcome, number in counts.most_common()))
    return int(any(counts[outcome] for outcome in _WRONG))


def _names_kfp(path: Path) -> bool:
    return path.is_file() and "kfp" in path.read_text(encoding="utf-8", errors="replace")


def _compared(source: Path, tool: Tool) -> Iterator[tuple[BySdk, str, str]]:
    """Yield each function of a file with the outcome and, where it is not equal, a reason."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        found = pool.submit(_by_sdk, source).result()
    for by_sdk in found:
        with tempfile.TemporaryDirectory() as folder:
            compiled = _by_tool(source, by_sdk, tool, Path(folder, "out.yaml"))
            yield by_sdk, *_outcome(by_sdk, compiled)


def _outcome(by_sdk: BySdk, compiled: Compiled) -> tuple[str, str]:
    if compiled.status:
        outcome = ONLY_TOOL if by_sdk.text else BOTH_REFUSE
        return outcome, compiled.message.strip()
    if not by_sdk.text:
        return ONLY_SDK, by_sdk.reason
    if compiled.text == by_sdk.text:
        return EQUAL, ""
    equal = comparable(compiled.text) == comparable(by_sdk.text)
    return (BY_CONTENT, "") if equal else (DIFFERENT, _first_difference(compiled.text, by_sdk.text))


def _first_difference(ours: str, theirs: str) -> str:
    lines = zip(ours.splitlines(), theirs.splitlines(), strict=False)
    different = next((pair for pair in lines if pair[0] != pair[1]), ("the shorter", "the longer"))
    return f"{different[0]!r} instead of {different[1]!r}"


def _by_sdk(source: Path) -> list[BySdk]:
    """Compile every function of a file by the SDK, in its own folder."""
    warnings.simplefilter("ignore")
    os.chdir(source.parent)
    sys.path.insert(0, str(source.parent))
    spec = importlib.util.spec_from_file_location("corpus_source", source)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # noqa: BLE001 - whatever a file of the corpus raises
        return [BySdk("", "pipeline", reason=repr(error))]
    return [
        _compiled(name, value)
        for name, value in vars(module).items()
        if isinstance(value, BaseComponent) and _is_defined_in(value, module.__name__)
    ]


def _is_defined_in(component: BaseComponent, module: str) -> bool:
    function = getattr(component, "pipeline_func", getattr(component, "python_func", None))
    return function is not None and inspect.unwrap(function).__module__ == module


def _compiled(name: str, component: BaseComponent) -> BySdk:
    kind = "pipeline" if isinstance(component, GraphComponent) else "component"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.yaml")
        try:
            compiler.Compiler().compile(component, str(out))
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises
            return BySdk(name, kind, reason=repr(error))
        return BySdk(name, kind, text=out.read_text(encoding="utf-8"))


def _by_tool(source: Path, by_sdk: BySdk, tool: Tool, out: Path) -> Compiled:
    arguments = [
        f"--label=//corpus:{by_sdk.function or source.stem}",
        f"--kind={by_sdk.kind}",
        f"--function={by_sdk.function}",
        f"--source={source}",
        f"--out={out}",
        "--root=_main",
        *(f"--file=_main/{file.relative_to(source.parent)}\t{file}" for file in _beside(source)),
        *(f"--archive={Path(file).absolute()}" for file in os.environ["DEPS_ARCHIVES"].split()),
    ]
    return tool.compile(arguments, out)


def _beside(source: Path) -> Iterator[Path]:
    """Yield what a source may read: the files of its folder, and below it those that are no Python."""
    for path in source.parent.rglob("*"):
        if path.is_file() and (path.parent == source.parent or path.suffix != ".py"):
            yield path


if __name__ == "__main__":
    sys.exit(main())
