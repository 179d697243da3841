"""Mean, variance, range and optional median of a numeric column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from kfp_component_lib.statistics.bins import Bins, float_keys
from kfp_component_lib.statistics.moments import Spread, merged
from kfp_component_lib.statistics.quantiles import Distribution
from kfp_component_lib.tables.arrays import is_whole, numbers, whole_numbers

__all__ = ["NumberStatistics"]


@dataclass
class NumberStatistics:
    """Mean, variance, range and optional median of a numeric column.

    The results equal those of a `ColumnProfile` but take a tenth of the time, because values are
    not hashed, and are put into bins only if `ranked` is set.

    Attributes:
        name: Name of the column.
        arrow_type: Arrow type of the column.
        ranked: Whether to compute `median`.
        infinite: Number of rows with +inf or -inf.
        low: Smallest finite value; infinite if there is no finite value.
        high: Largest finite value.
    """

    name: str
    arrow_type: pa.DataType
    ranked: bool = False
    infinite: int = 0
    low: float = np.inf
    high: float = -np.inf
    _spreads: list[Spread] = field(default_factory=list)
    _bins: Bins = field(default_factory=Bins)

    def add(self, column: pa.Array) -> None:
        """Add a block of the column; nulls and NaN are ignored.

        Args:
            column: Array of `arrow_type`, of length n.
        """
        valid = column.drop_null()
        values = numbers(valid)
        finite = np.isfinite(values)
        if not finite.all():
            self.infinite += int(np.isinf(values).sum())
            values = values[finite]
        if len(values):
            # 0.0 + -0.0 is 0.0, as in the keys of bins.
            self.low = min(self.low, 0.0 + float(values.min()))
            self.high = max(self.high, 0.0 + float(values.max()))
            self._spreads.append(Spread.of(values))
            if self.ranked:
                keys = whole_numbers(valid) if is_whole(self.arrow_type) else float_keys(values)
                self._bins = self._bins.add(keys)

    @property
    def spread(self) -> Spread:
        """Count, mean and squared deviations of the finite values."""
        return merged(self._spreads, Spread())

    @property
    def median(self) -> float | None:
        """The median as in `ColumnProfile.quantile`; None without values or without `ranked`."""
        median = Distribution(self._bins, is_whole(self.arrow_type)).quantile(0.5)
        return None if median is None else float(median)
