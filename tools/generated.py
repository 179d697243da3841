"""Writes generated pages into a folder of docs/."""

import os
from pathlib import Path


def write_pages(folder: str, pages: dict[str, str]) -> list[Path]:
    """Write every page, and remove pages of what no longer exists.

    Args:
        folder: Path relative to the workspace.
        pages: The content of each file, by its name.

    Returns:
        The files whose content has changed, or that are new.
    """
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"], folder)
    for stale in {path.name for path in root.glob("*.md")} - pages.keys():
        (root / stale).unlink()
    changed = [root / name for name, text in pages.items() if _read(root / name) != text]
    for path in changed:
        path.write_text(pages[path.name], encoding="utf-8")
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def table_cell(markdown) -> str:
    """Return Markdown as the cell of a table, which is a single line."""
    return " ".join(markdown.split()).replace("|", "\\|")
