"""Merges reports in the format of lcov, in place of Bazel's own program, which is a download.

Bazel calls it with `--coverage_dir` after each test, and with `--reports_file` at the end.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

# The records of lcov that have a count at their end, and those that only name something.
_COUNTED = ("BRDA", "DA", "FNDA")
_NAMED = ("FN",)
# For each record, the records of the number of things found, and of those that were reached.
_TOTALS = {"FNDA": ("FNF", "FNH"), "BRDA": ("BRF", "BRH"), "DA": ("LF", "LH")}


@dataclass
class Source:
    """What is known about a source file.

    Attributes:
        counts: How often each line, branch and function was reached.
        names: The records that have no count.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    names: set[str] = field(default_factory=set)

    def add(self, line: str) -> None:
        """Adds a record, unless it is a total, which follows from the others."""
        kind, _, value = line.partition(":")
        if kind in _NAMED:
            self.names.add(line)
        elif kind == "FNDA":
            count, _, name = value.partition(",")
            self.counts[kind][name] += int(count)
        elif kind in _COUNTED:
            # DA has a checksum at its end if there is one, which coverage.py does not write.
            name, _, count = value.rpartition(",")
            self.counts[kind][name] += 0 if count == "-" else int(count)

    def records(self) -> Iterable[str]:
        """Returns the records, in the order in which lcov writes them."""
        yield from sorted(self.names, key=_by_number)
        for kind, (found, reached) in _TOTALS.items():
            counts = self.counts.get(kind)
            if counts is None:
                continue
            for name in sorted(counts, key=_by_number):
                both = (str(counts[name]), name) if kind == "FNDA" else (name, str(counts[name]))
                yield f"{kind}:{','.join(both)}"
            yield f"{found}:{len(counts)}"
            yield f"{reached}:{sum(count > 0 for count in counts.values())}"


def _by_number(text: str) -> tuple[int, str]:
    number = re.search(r"\d+", text)
    return int(number[0]) if number else 0, text


def read(files: Iterable[Path]) -> dict[str, Source]:
    """Returns the sum of reports, by source file."""
    sources: dict[str, Source] = defaultdict(Source)
    for file in files:
        name = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("SF:"):
                name = line.removeprefix("SF:")
            elif name:
                sources[name].add(line)
    return sources


def merge(files: Iterable[Path], out: Path, manifest: Path | None) -> None:
    """Writes the sum of reports, only about the files in the manifest if there is one."""
    wanted = manifest and set(manifest.read_text(encoding="utf-8").splitlines())
    blocks = [
        "\n".join([f"SF:{name}", *source.records(), "end_of_record", ""])
        for name, source in sorted(read(files).items())
        if wanted is None or name in wanted
    ]
    out.write_text("".join(blocks), encoding="utf-8")


def main() -> None:
    """Merges what Bazel names."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--coverage_dir", type=Path)
    parser.add_argument("--reports_file", type=Path)
    parser.add_argument("--output_file", type=Path, required=True)
    parser.add_argument("--source_file_manifest", type=Path)
    parser.add_argument("--filter_sources", action="append", help="has no effect: see the manifest")
    args = parser.parse_args()
    if args.reports_file:
        files = list(map(Path, args.reports_file.read_text(encoding="utf-8").splitlines()))
    else:
        files = sorted(args.coverage_dir.rglob("*.dat"))
    merge(files, args.output_file, args.source_file_manifest)


if __name__ == "__main__":
    main()
