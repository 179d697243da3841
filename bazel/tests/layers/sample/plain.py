"""What a component imports that needs none."""

from shared import SHARED  # type: ignore[import-not-found]

__all__ = ["SHARED"]
