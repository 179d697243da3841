"""Tests that a wheel is downloaded once per machine, and used from the cache only if it is intact.

Usage: python3 offline/tests/fetch_check.py, with a Python that has pip.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

FETCH = Path(__file__).parents[1] / "rules_python/python/private/pypi/fetch.py"
WHEEL = "thing-1.0-py3-none-any.whl"


class FetchTest(unittest.TestCase):
    """Each test has its own index, which is a folder, and its own cache."""

    def setUp(self) -> None:
        """Puts a wheel into the index."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.index = self.folder / "index"
        self.index.mkdir()
        with zipfile.ZipFile(self.index / WHEEL, "w") as wheel:
            info = "thing-1.0.dist-info"
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
        self.content = (self.index / WHEEL).read_bytes()
        self.hash = hashlib.sha256(self.content).hexdigest()

    def fetch(self, name: str) -> tuple[subprocess.CompletedProcess[str], Path]:
        """Downloads into a folder of that name."""
        target = self.folder / name
        target.mkdir()
        (target / "requirement.txt").write_text(f"thing==1.0 --hash=sha256:{self.hash}\n")
        command = [sys.executable, FETCH, "--no-index", f"--find-links={self.index}"]
        environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache")}
        done = subprocess.run(command, cwd=target, env=environment, capture_output=True, text=True)
        return done, target / WHEEL

    def kept(self) -> Path:
        """The only wheel in the cache."""
        (wheel,) = (self.folder / "cache").rglob("*.whl")
        return wheel

    def test_second_fetch_asks_no_index(self) -> None:
        """A wheel that one workspace downloaded is available to another."""
        self.assertEqual(self.fetch("first")[0].returncode, 0)
        (self.index / WHEEL).unlink()
        done, wheel = self.fetch("second")
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        self.assertEqual(wheel.read_bytes(), self.content)

    def test_damaged_wheel_is_fetched_again(self) -> None:
        """A cached wheel with another hash is not used, and is replaced."""
        self.fetch("first")
        self.kept().write_bytes(b"damaged")
        done, wheel = self.fetch("second")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(wheel.read_bytes(), self.content)
        self.assertEqual(self.kept().read_bytes(), self.content)

    def test_unknown_hash_is_not_kept(self) -> None:
        """A wheel that pip refuses leaves nothing behind; pip's message and status are kept."""
        self.hash = "0" * 64
        done, wheel = self.fetch("first")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("DO NOT MATCH THE HASHES", done.stderr)
        self.assertFalse(wheel.exists() or list(self.folder.glob("cache/**/*.whl")))


if __name__ == "__main__":
    unittest.main()
