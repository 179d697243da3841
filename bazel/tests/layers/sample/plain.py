"""What a component imports that needs none."""

from shared import SHARED

__all__ = ["SHARED"]
