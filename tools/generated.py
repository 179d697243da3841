"""Writes generated pages into a folder of docs/."""

import os
from pathlib import Path


def write_pages(folder: str, pages: dict[str, str]) -> None:
    """Write every page, and remove pages of what no longer exists.

    Args:
        folder: Path relative to the workspace.
        pages: The content of each file, by its name.
    """
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"], folder)
    for stale in {path.name for path in root.glob("*.md")} - pages.keys():
        (root / stale).unlink()
    for name, text in pages.items():
        (root / name).write_text(text, encoding="utf-8")
    print(f"wrote {len(pages)} files to {root}")


def table_cell(markdown) -> str:
    """Return Markdown as the cell of a table, which is a single line."""
    return " ".join(markdown.split()).replace("|", "\\|")
