"""How long the imports of a command take, by package."""

import re
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

# What Python writes for `-X importtime`: microseconds of the module itself and of everything that
# it imports, and its name, indented by two spaces for each import around it.
_LINE = re.compile(r"^import time: +(\d+) \| +\d+ \| *(\S+)$", re.MULTILINE)
_STANDARD, _REST = "the standard library", "everything that is not an import"
_LEAST = 0.001


@dataclass(frozen=True)
class ImportProfile:
    """The time of one run of a command.

    Attributes:
        seconds: Wall time from its start to its end.
        packages: Seconds of its imports, by top-level package.
    """

    seconds: float
    packages: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """Where the time goes, the largest part first, without parts below a millisecond."""
        rest = self.seconds - sum(self.packages.values())
        parts = sorted({**self.packages, _REST: rest}.items(), key=lambda part: -part[1])
        shown = [f"{name} {_shown(part)}" for name, part in parts if part >= _LEAST]
        return f"of {_shown(self.seconds)}: {', '.join(shown)}"


def read_profile(seconds: float, written: str) -> ImportProfile:
    """Read a profile from what a command wrote on stderr with PYTHONPROFILEIMPORTTIME=1.

    Raises:
        ValueError: If it contains no imports, for example because Python ignored its environment.
    """
    packages: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(written):
        packages[_package(module)] += int(microseconds)
    if not packages:
        raise ValueError(f"stderr must contain lines of `-X importtime`, got {written[-400:]!r}.")
    return ImportProfile(seconds, {name: value / 1e6 for name, value in packages.items()})


def _package(module: str) -> str:
    name = module.partition(".")[0]
    return _STANDARD if name in sys.stdlib_module_names else name


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
