"""What the tests of compiling share: the compile tool, and the features to compile."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from compile_tool import Compiled, Tool


def features_folder() -> Path:
    """Return the folder of the sources."""
    return Path(os.environ["FEATURES"]).parent


@dataclass(frozen=True)
class Feature:
    """A source that uses one feature of KFP.

    Attributes:
        name: The name of the feature, of its file and of its function.
        since: The first version of KFP that supports it.
    """

    name: str
    since: tuple[int, ...]

    @property
    def kind(self) -> str:
        """Whether it is a pipeline or a component."""
        return "component" if self.name == "single_component" else "pipeline"

    @property
    def file(self) -> Path:
        return features_folder() / f"{self.name}.py"

    def flags(self) -> list[str]:
        """Return the flags that name the source, and the files around it as data."""
        data = [
            path for path in features_folder().rglob("*") if path.is_file() and path != self.file
        ]
        return [
            f"--function={self.name}",
            *(
                f"--file=_main/pipelines/{path.relative_to(features_folder())}\t{path}"
                for path in data
            ),
        ]


_SINCE = re.compile(r"^# Since KFP ([\d.]+)$", re.MULTILINE)


def _features() -> Iterator[Feature]:
    """Yield all features; a comment names the first version of KFP that supports one."""
    for path in sorted(features_folder().glob("*.py")):
        since = _SINCE.search(path.read_text(encoding="utf-8"))
        version = since[1] if since else "2.15"
        yield Feature(path.stem, tuple(map(int, version.split("."))))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pass each feature to every test that has the parameter."""
    if "feature" in metafunc.fixturenames:
        metafunc.parametrize("feature", list(_features()), ids=lambda feature: feature.name)


@pytest.fixture(scope="session")
def tool() -> Iterator[Tool]:
    """A worker that all tests share."""
    tool = Tool()
    yield tool
    tool.close()


@pytest.fixture
def worker() -> Iterator[Tool]:
    """A worker for a single test."""
    tool = Tool()
    yield tool
    tool.close()


@pytest.fixture
def arguments(tmp_path):
    """Write a source, and return the flags of a request to compile it."""

    def _arguments(
        text: str,
        *flags: str,
        kind: str = "pipeline",
        form: str = "yaml",
        without_deps: bool = False,
    ) -> list[str]:
        deps = [] if without_deps else os.environ["DEPS_ARCHIVES"].split()
        source = tmp_path / "source.py"
        source.write_text(text, encoding="utf-8")
        return [
            "--label=//pipelines:it",
            f"--kind={kind}",
            f"--source={source}",
            f"--out={tmp_path / 'out'}.{form}",
            f"--file=_main/pipelines/it.py\t{source}",
            "--root=_main",
            *(f"--archive={Path(file).absolute()}" for file in deps),
            *flags,
        ]

    return _arguments


@pytest.fixture
def features() -> Mapping[str, Feature]:
    """All features, by name."""
    return {feature.name: feature for feature in _features()}


@pytest.fixture
def compile_feature(arguments, tmp_path):
    """Compile a feature."""

    def _compile_feature(feature: Feature, tool: Tool, *flags: str, form: str = "yaml") -> Compiled:
        text = feature.file.read_text(encoding="utf-8")
        given = arguments(text, *feature.flags(), *flags, kind=feature.kind, form=form)
        return tool.compile(given, tmp_path / f"out.{form}")

    return _compile_feature


@pytest.fixture
def compile_text(tool, arguments, tmp_path):
    """Compile a source, given as text."""

    def _compile_text(text: str, *flags: str, form: str = "yaml", **options: object) -> Compiled:
        out = tmp_path / f"out.{form}"
        return tool.compile(arguments(text, *flags, form=form, **options), out)

    return _compile_text
