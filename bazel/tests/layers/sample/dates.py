"""What a component imports that needs a distribution."""

from dateutil import parser
from shared import SHARED

__all__ = ["SHARED", "parser"]
