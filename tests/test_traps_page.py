"""Tests that the page on traps explains every rule that a message can name."""

import re
from pathlib import Path

from kfp_compiler.traps.report import RULES

_PAGE = Path(__file__).parent.parent / "docs" / "traps.md"


def test_every_rule_has_a_paragraph():
    """The page has a heading for each rule, in order, and for nothing else."""
    headings = re.findall(r"^## (.+)$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == list(RULES)
