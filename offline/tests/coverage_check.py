"""Tests that reports of coverage are added up as Bazel's own program does it.

Usage: python3 offline/tests/coverage_check.py
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MERGE = Path(__file__).parents[1] / "rules_python/python/private/coverage/merge.py"
ONE = """\
SF:lib/a.py
FN:1,f
FNDA:2,f
BRDA:3,0,jump to line 4,1
BRDA:3,0,jump to line 5,-
DA:1,1
DA:10,0
LF:2
LH:1
end_of_record
SF:lib/test_a.py
DA:1,1
end_of_record
"""
OTHER = """\
SF:lib/a.py
FN:1,f
FNDA:1,f
BRDA:3,0,jump to line 5,2
DA:2,3
DA:10,4
end_of_record
SF:lib/unused.py
end_of_record
"""
MERGED = """\
SF:lib/a.py
FN:1,f
FNDA:3,f
FNF:1
FNH:1
BRDA:3,0,jump to line 4,1
BRDA:3,0,jump to line 5,2
BRF:2
BRH:2
DA:1,1
DA:2,3
DA:10,4
LF:3
LH:3
end_of_record
SF:lib/unused.py
end_of_record
"""


class MergeTest(unittest.TestCase):
    """Each test has its own folder, whose path has a space."""

    def setUp(self) -> None:
        """Writes the reports."""
        scratch = tempfile.TemporaryDirectory(prefix="a b")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        (self.folder / "reports/sub").mkdir(parents=True)
        (self.folder / "reports/one.dat").write_text(ONE)
        (self.folder / "reports/sub/other.dat").write_text(OTHER)

    def merge(self, *options: str) -> str:
        """Returns the report that is written."""
        out = self.folder / "out"
        command = [sys.executable, str(MERGE), f"--output_file={out}", *options]
        subprocess.run(command, check=True)
        return out.read_text()

    def test_reports_of_a_test_are_added_up(self) -> None:
        """Only the files in the manifest count, also those that were never run."""
        manifest = self.folder / "manifest"
        manifest.write_text("lib/a.py\nlib/unused.py\n")
        merged = self.merge(
            f"--coverage_dir={self.folder}/reports",
            f"--source_file_manifest={manifest}",
            "--filter_sources=/usr/bin/.+",
        )
        self.assertEqual(merged, MERGED)

    def test_reports_of_all_tests_are_added_up(self) -> None:
        """The reports are those in the list, and all files count."""
        reports = self.folder / "list"
        names = sorted(map(str, (self.folder / "reports").rglob("*.dat")))
        reports.write_text("\n".join(names) + "\n")
        merged = self.merge(f"--reports_file={reports}")
        self.assertIn("SF:lib/test_a.py\nDA:1,1\nLF:1\nLH:1\nend_of_record\n", merged)
        self.assertIn("DA:10,4\n", merged)


if __name__ == "__main__":
    unittest.main()
