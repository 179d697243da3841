"""The library's files, as its wheel has them, with edited modules."""

import zipfile
from pathlib import Path


class Library:
    """The content of the library's wheel, of which lines are changed.

    Attributes:
        files: The content of each file, by its path in the wheel.
    """

    def __init__(self, wheel: Path):
        """Read the wheel."""
        self._name = wheel.name
        with zipfile.ZipFile(wheel) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self._original = dict(self.files)

    @property
    def modules(self) -> dict[str, bytes]:
        """The content of all modules, by path."""
        return {path: text for path, text in self.files.items() if path.endswith(".py")}

    def edit(self, module: str, edition: int) -> None:
        """Change one line of a module."""
        self.files[module] = self._original[module] + edition_line(edition)

    def write_wheel(self, folder: Path) -> None:
        """Write it as a wheel, whose RECORD is empty because it would name the original files."""
        with zipfile.ZipFile(folder / self._name, "w", zipfile.ZIP_DEFLATED) as wheel:
            for name, content in self.files.items():
                wheel.writestr(name, b"" if name.endswith("/RECORD") else content)

    def write_modules(self, folder: Path) -> None:
        """Write the modules below a folder, and leave those as they are that have not changed."""
        for path, text in self.modules.items():
            target = folder / path
            if not target.exists() or target.read_bytes() != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text)


def edition_line(edition: int) -> bytes:
    """Return the line that differs in each edition of a module."""
    return f"# Edition {edition}.\n".encode()
