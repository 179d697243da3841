"""Creates the files of a new component: library module, wrapper, metadata, tests, BUILD entries.

The new component works at once: it copies a table. Replace what it does, and what its tests expect,
by your own code.
"""

import argparse
import importlib
import os
import re
import sys
from datetime import date
from pathlib import Path

import kfp_component_lib

CATEGORIES = ("data_processing", "deployment", "evaluation", "training")
_LINE_LENGTH = 100

_LIBRARY = '''"""The work of the component `{name}`."""

from __future__ import annotations

from typing import Any

from kfp_component_lib.files import StrPath
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.writing import write_table

__all__ = ["{name}"]


def {name}(source: StrPath, out: StrPath) -> dict[str, Any]:
    """Copy a table, block by block.

    Args:
        source: Parquet file or folder.
        out: Path of the copy. It is not touched after an error.

    Returns:
        Metadata of the dataset: `rows`, `columns` and `schema`.

    Raises:
        DataError: If the source is not a valid Parquet file.
        OSError: If the output cannot be written.
    """
    table = open_table(source, "{name}.data")
    return write_table(out, table.schema, table.blocks())
'''

_WRAPPER = '''"""The component `{name}`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def {name}(data: Input[Dataset], data_out: Output[Dataset]) -> None:
    """Copy a dataset.

    Args:
        data: Parquet file or folder.
        data_out: Parquet file with the same rows.
    """
    from kfp_component_lib.{category} import {name} as library

    data_out.metadata.update(library.{name}(data.path, data_out.path))
'''

_METADATA = """name: {name}
stability: experimental
dependencies:
  kubeflow:
    - name: Pipelines
      version: '>=2.15'
lastVerified: {today}T00:00:00Z
tags:
  - {category}
"""

_LIBRARY_TEST = '''"""Tests of kfp_component_lib.{category}.{name}."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.{category}.{name} import {name}
from kfp_component_lib.errors import DataError


def test_the_table_is_copied(tmp_path):
    """The rows arrive unchanged, and the metadata describes them."""
    pq.write_table(pa.table({{"n": [1, 2]}}), tmp_path / "in")
    metadata = {name}(tmp_path / "in", tmp_path / "out")
    assert metadata == {{"rows": 2, "columns": 1, "schema": "n: int64"}}
    assert pq.read_table(tmp_path / "out")["n"].to_pylist() == [1, 2]


def test_invalid_parquet_is_refused(tmp_path):
    """A file that is not Parquet is refused, and nothing is written."""
    (tmp_path / "in").write_text("text")
    with pytest.raises(DataError, match="must be an intact Parquet file"):
        {name}(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
'''

_COMPONENT_TEST = '''"""Tests of the component {name}, run by KFP's local runner."""

import pandas as pd

from kfp_component_lib.components import {name}


def test_the_artifact_holds_the_rows(runner, tmp_path):
    """The Parquet file has the rows, and its metadata says how many."""
    pd.DataFrame({{"n": [1, 2]}}).to_parquet(tmp_path / "data")
    task = runner.run({name}, data=tmp_path / "data")
    assert pd.read_parquet(task.paths["data_out"])["n"].tolist() == [1, 2]
    assert task.metadata["data_out"]["rows"] == 2
'''

_LIBRARY_BUILD = """
py_library(
    name = "{name}",
    srcs = ["{name}.py"],
    deps = [
        ":package",
        "//kfp_component_lib:files",
        "//kfp_component_lib/tables:reading",
        "//kfp_component_lib/tables:writing",
    ],
)
"""

_LIBRARY_TEST_BUILD = """
pytest_test(
    name = "{name}_test",
    size = "small",
    srcs = ["test_{name}.py"],
    deps = ["//kfp_component_lib/{category}:{name}"],
)
"""

_FILES = {
    "kfp_component_lib/{category}/{name}.py": _LIBRARY,
    "kfp_component_lib/components/{category}/{name}.py": _WRAPPER,
    "kfp_component_lib/components/{category}/{name}.metadata.yaml": _METADATA,
    "tests/{category}/test_{name}.py": _LIBRARY_TEST,
    "tests/components/test_{name}.py": _COMPONENT_TEST,
}
_APPENDED = {
    "kfp_component_lib/{category}/BUILD.bazel": _LIBRARY_BUILD,
    "tests/{category}/BUILD.bazel": _LIBRARY_TEST_BUILD,
}


_INIT = "kfp_component_lib/components/__init__.py"


def create(root: Path, name: str, category: str) -> tuple[list[Path], list[Path]]:
    """Write the files of a component below the root of a workspace.

    Returns:
        The files that it has written, and those that it has edited.

    Raises:
        ValueError: If the name is not a lower-case Python name, or is taken.
    """
    words = {"name": name, "category": category, "today": date.today().isoformat()}
    new = {root / path.format(**words): text.format(**words) for path, text in _FILES.items()}
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name):
        raise ValueError(
            f"NAME must be a verb and a noun in lower case, got {name!r}. "
            "For example: bazel run //tools:new_component -- clean_dataset "
            "--category data_processing"
        )
    if taken := [path for path in new if path.exists()]:
        raise ValueError(f"NAME must be new, got {name!r}: {taken[0]} exists. Choose another.")
    for path, text in new.items():
        path.write_text(text, encoding="utf-8")
    appended = {root / path.format(**words): text for path, text in _APPENDED.items()}
    for path, text in appended.items():
        path.write_text(path.read_text(encoding="utf-8") + text.format(**words), encoding="utf-8")
    _export(root / _INIT)
    return list(new), [*appended, root / _INIT]


def _export(path: Path) -> None:
    """Rewrite the components' `__init__.py`: an import of each of them, in order."""
    wrappers = sorted(each for each in path.parent.glob("*/*.py") if each.stem != "__init__")
    docstring = path.read_text(encoding="utf-8").split("\n", 1)[0]
    imports = "".join(map(_import, wrappers))
    exported = "".join(f'    "{name}",\n' for name in sorted(path.stem for path in wrappers))
    path.write_text(f"{docstring}\n\n{imports}\n__all__ = [\n{exported}]\n", encoding="utf-8")


def _import(wrapper: Path) -> str:
    module = f"kfp_component_lib.components.{wrapper.parent.name}.{wrapper.stem}"
    line = f"from {module} import {wrapper.stem}"
    long = len(line) > _LINE_LENGTH
    return f"from {module} import (\n    {wrapper.stem},\n)\n" if long else f"{line}\n"


def main() -> None:
    """Create the component, then its reference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", metavar="NAME", help="for example clean_dataset")
    parser.add_argument("--category", required=True, choices=CATEGORIES)
    args = parser.parse_args()
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    try:
        written, edited = create(root, args.name, args.category)
    except ValueError as error:
        sys.exit(str(error))
    # This program was built with the earlier components; the workspace now has the new one as well.
    kfp_component_lib.__path__.insert(0, str(root / "kfp_component_lib"))
    changed = importlib.import_module("tools.catalog").write()
    written += [path for path in changed if path.stem == args.name]
    edited += [path for path in changed if path.stem != args.name]
    for word, paths in (("wrote", written), ("edited", edited)):
        print("\n".join(f"{word:6} {path.relative_to(root)}" for path in paths))
    tests = f"//tests/{args.category}:{args.name}_test //tests/components:{args.name}_test"
    print(f"Next: bazel test {tests}")


if __name__ == "__main__":
    main()
