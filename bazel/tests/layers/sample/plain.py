"""The library of a component that needs no distribution."""

from shared import SHARED  # type: ignore[import-not-found]

__all__ = ["SHARED"]
