"""Edits of one line, each of which differs from the last one."""

from pathlib import Path

_STATEMENT = "    edition = "


def add_comment(file: Path, edition: int) -> None:
    """Add a comment at the end of a file, which changes its bytes but not what it does."""
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"# Edition {edition}.\n")


def put_statement(file: Path, before: str, edition: int) -> None:
    """Put a statement before a line of a function, in place of that of the last edit.

    Args:
        file: The module.
        before: Beginning of the line, which no other line has.
        edition: The number of the edit.

    Raises:
        ValueError: If there is no such line, or more than one.
    """
    text = file.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [line for line in text if not line.startswith(_STATEMENT)]
    places = [number for number, line in enumerate(lines) if line.startswith(before)]
    if len(places) != 1:
        raise ValueError(
            f"{file} must have one line that begins with {before!r}, got {len(places)}. Name a "
            "line that it has."
        )
    lines.insert(places[0], f"{_STATEMENT}{edition}\n")
    file.write_text("".join(lines), encoding="utf-8")
