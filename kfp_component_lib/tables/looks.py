"""Finds different values that look the same to people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from kfp_component_lib.errors import check

__all__ = ["check_looks"]


def check_looks(classes: Iterable[object], field: str) -> None:
    """Refuse classes if two of them look the same, such as "yes" and "yes " with a space.

    Args:
        classes: Different classes; only texts are compared.
        field: The name of the classes in errors, as `owner.field`.

    Raises:
        DataError: If two texts differ only in the space around them or in how Unicode writes them.
    """
    twins = _twins(text for text in classes if isinstance(text, str))
    fix = f"Write them in one way: {' and '.join(map(ascii, twins))} are different texts"
    check(not twins, field, "have classes that people can tell apart", twins, fix)


def _twins(texts: Iterable[str]) -> list[str]:
    """Return the first two texts that look the same, or nothing if there are no such texts."""
    seen: dict[str, str] = {}
    for text in texts:
        other = seen.setdefault(unicodedata.normalize("NFC", text).strip(), text)
        if other != text:
            return [other, text]
    return []
