"""How much each row of a table counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.tables.arrays import to_arrow
from kfp_component_lib.tables.matrix import finite_column, require_numeric
from kfp_component_lib.tables.reading import Table

__all__ = ["RowWeights"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RowWeights:
    """The weights of a table's rows.

    Attributes:
        table: The table.
        column: Column with the weights; if empty, every row counts once.
        rows: Number of rows with a weight above 0. The others are left out.
        total: Sum of the weights.
        unit: A power of two, by which weights are divided so that none is above 1: so sums of products
            do not overflow, and nothing is rounded.
        field: Name of the input that names the column, as `owner.field`.
    """

    table: Table
    column: str
    rows: int
    total: float
    unit: float
    field: str

    @classmethod
    def of(cls, table: Table, column: str, field: str) -> RowWeights:
        """Read all weights once, unless there is no column.

        Args:
            table: The table, which has rows.
            column: Numeric column with finite weights of at least 0; it may be empty.
            field: Name of the input that names the column, as `owner.field`.

        Raises:
            DataError: If the column is missing or not numeric, if a weight is negative, null, NaN or
                infinite, if all weights are 0, or if their sum overflows float64.
        """
        if not column:
            return cls(table, column, table.rows, float(table.rows), 1.0, field)
        require_numeric(table, [column], field)
        rows, largest, total = 0, 0.0, 0.0
        for block in table.blocks([column]):
            weights = _weights(block, column, field)
            rows += int(np.count_nonzero(weights))
            with np.errstate(over="ignore"):
                largest, total = max(largest, float(weights.max())), total + float(weights.sum())
        fix = "Give some rows a weight above 0"
        check(rows, field, "be above 0 in some rows", "0 in all", fix)
        fix = "Divide the weights by a constant"
        check(np.isfinite(total), field, "have a sum that float64 holds", column, fix)
        return cls(table, column, rows, total, 2.0 ** np.frexp(largest)[1].item(), field)

    def blocks(self, columns: Iterable[str]) -> Iterator[tuple[pa.RecordBatch, Floats | None]]:
        """Read the rows that count, and their weights.

        Args:
            columns: Names of the columns to read; a name may occur twice.

        Yields:
            Blocks of at least one row, and their weights divided by `unit`, a float64 array of shape
            (n_rows,) of values above 0 and up to 1; None without a column.
        """
        names = [*dict.fromkeys([*columns, self.column] if self.column else columns)]
        for block in self.table.blocks(names):
            if not self.column:
                yield block, None
                continue
            weights = _weights(block, self.column, self.field)
            counts = np.flatnonzero(weights / self.unit > 0)
            if len(counts):
                kept = block if len(counts) == len(weights) else block.take(to_arrow(counts))
                yield kept, weights[counts] / self.unit

    def words(self) -> str:
        """Return what the rows of a page's figures count."""
        return f"Of all rows, weighted by {self.column!r}" if self.column else "Of all rows"

    def facts(self) -> dict[str, object]:
        """Return what a page says about the weights, by name; nothing without a column."""
        return {"weight": f"{self.column}, {self.total:.6g} in total"} if self.column else {}


def _weights(block: pa.RecordBatch, column: str, field: str) -> Floats:
    weights = finite_column(block, column, field)
    bad = weights[weights < 0][:3].tolist()
    check(not bad, field, "be at least 0", bad, "Correct these rows")
    return weights
