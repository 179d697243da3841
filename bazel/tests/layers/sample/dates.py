"""The library of a component that needs a distribution."""

from dateutil import parser
from shared import SHARED  # type: ignore[import-not-found]

__all__ = ["SHARED", "parser"]
