"""What a transform has to know of a numeric column, and nothing that it does not use."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.profiles import ColumnProfile
from kfp_component_lib.sketches import Moments, float_keys
from kfp_component_lib.tables import numbers

__all__ = ["NumberStatistics"]


@dataclass
class NumberStatistics:
    """Mean, variance and range of a numeric column, and its median if that is wanted.

    They are those of a `ColumnProfile`, bit for bit, in a tenth of the time: without hashes of the
    values, and without bins unless `ranked`.

    Attributes:
        name: Name of the column.
        arrow_type: Arrow type of the column.
        ranked: Whether `median` is wanted.
        infinite: Rows that are +inf or -inf.
        low: Smallest finite value; infinite if there is none.
        high: Largest finite value.
    """

    name: str
    arrow_type: pa.DataType
    ranked: bool = False
    infinite: int = 0
    low: float = np.inf
    high: float = -np.inf
    _profile: ColumnProfile = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Start without rows."""
        self._profile = ColumnProfile(self.name, self.arrow_type, "number")

    def add(self, column: pa.Array) -> None:
        """Take a block of the column in; nulls and NaN count for nothing.

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
            self._add(values)
            if self.ranked:
                self._rank(values, valid)

    def _add(self, values: npt.NDArray[np.float64]) -> None:
        # 0.0 + -0.0 is 0.0, as in the keys of bins.
        self.low = min(self.low, 0.0 + float(values.min()))
        self.high = max(self.high, 0.0 + float(values.max()))
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            deviations = values - mean
            deviations *= deviations
            m2 = float(deviations.sum())
        self._profile.moments.append(Moments(len(values), mean, m2))

    def _rank(self, values: npt.NDArray[np.float64], column: pa.Array) -> None:
        whole = not self._profile.floating
        keys = np.asarray(column.cast(pa.int64())) if whole else float_keys(values)
        self._profile.bins = self._profile.bins.add(keys)

    @property
    def moment(self) -> Moments:
        """Count, mean and sum of squared deviations of the finite values; no higher powers."""
        return self._profile.moment

    @property
    def median(self) -> float | None:
        """The median as `ColumnProfile.quantile` has it; None without values or `ranked`."""
        median = self._profile.quantile(0.5)
        return None if median is None else float(median)
