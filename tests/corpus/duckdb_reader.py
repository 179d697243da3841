"""Says whether two Parquet tables have the same rows, in any order, as DuckDB reads them.

    PYTHON duckdb_reader.py THEIRS OURS NAME...

It runs in a separate venv, which has only DuckDB, because DuckDB is not a requirement of the
workspace. It prints what differs. The exit code is 0 if the rows are the same, 3 if they are not,
and 4 if DuckDB cannot compare them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

_READ = "SELECT {} FROM read_parquet($1, hive_partitioning = true, union_by_name = true)"


def main(theirs: str, ours: str, *names: str) -> int:
    """Print how the tables differ, or what DuckDB cannot read, and return the exit code."""
    try:
        return _compare(theirs, ours, names)
    except duckdb.Error as error:
        print(f"DuckDB: {str(error)[:200]}")
        return 4


def _compare(theirs: str, ours: str, names: Sequence[str]) -> int:
    columns = ", ".join('"{}"'.format(name.replace('"', '""')) for name in names)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for table, path in (("theirs", theirs), ("ours", ours)):
            source = f"{path}/**/*" if Path(path).is_dir() else path
            database.execute(f"CREATE TABLE {table} AS {_READ.format(columns or '1')}", [source])
        kinds = database.execute("SELECT column_type FROM (DESCRIBE theirs)").fetchall()
        if ("VARIANT",) in kinds:  # pyarrow has no such type: it reads and writes its storage.
            print("DuckDB reads a VARIANT, which cannot be compared with what stores it")
            return 4
        for mine, other in (("ours", "theirs"), ("theirs", "ours")):
            query = f"SELECT count(*) FROM (FROM {mine} EXCEPT ALL FROM {other})"
            (count,) = database.execute(query).fetchone()
            if count:
                print(f"{count} rows of {mine} are not in {other}")
                return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
