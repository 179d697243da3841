"""A folder of the object store, as the cluster names it and as this machine reaches it."""

from pathlib import Path

from pyarrow import fs

from e2e.acceptance import contents


class Store:
    """A folder of the object store to which only this test writes.

    Attributes:
        root: The URI of the folder, as the cluster names it.
    """

    def __init__(self, root: str, reached_by: str):
        """Open a folder of the object store.

        Args:
            root: The URI of the folder, as the cluster names it.
            reached_by: The same folder, as pyarrow reaches it from this machine, such as
                `s3://bucket/folder?endpoint_override=localhost:9000&scheme=http`. Credentials come
                from the environment.
        """
        self.root = root.rstrip("/")
        self._files, path = fs.FileSystem.from_uri(reached_by)
        self._folder = path.rstrip("/")

    def put(self, name: str, content: bytes) -> str:
        """Write a file; return its URI, as the cluster names it."""
        with self._files.open_output_stream(f"{self._folder}/{name}") as file:
            file.write(content)
        return f"{self.root}/{name}"

    def local_copy(self, uri: str, folder: Path) -> Path:
        """Copy a file or a folder to this machine; return the path of the copy."""
        source = self._folder + uri.removeprefix(self.root)
        target = folder / uri.rpartition("/")[2]
        fs.copy_files(source, str(target), source_filesystem=self._files)
        return target

    def digests(self, folder: str) -> dict[str, str]:
        """Return the digest of every file below a folder, by its path in the folder."""
        start = f"{self._folder}/{folder}"
        selected = fs.FileSelector(start, recursive=True, allow_not_found=True)
        return {
            info.path.removeprefix(f"{start}/"): self._digest(info.path)
            for info in self._files.get_file_info(selected)
            if info.type == fs.FileType.File
        }

    def remove(self) -> int:
        """Remove the folder; return how many files were in it."""
        selected = fs.FileSelector(self._folder, recursive=True, allow_not_found=True)
        files = [
            info.path
            for info in self._files.get_file_info(selected)
            if info.type == fs.FileType.File
        ]
        for path in files:
            self._files.delete_file(path)
        return len(files)

    def _digest(self, path: str) -> str:
        with self._files.open_input_stream(path) as file:
            return contents.digest(file.read())
