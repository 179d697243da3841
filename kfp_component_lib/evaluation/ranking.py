"""How well scores rank the rows of a class above all others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kfp_component_lib.statistics.bins import Bins, Counts

__all__ = ["RocCurve", "ScoreBins", "roc_curve"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
_LIMIT = 1 << 17
_HELD_KEYS = 1 << 20
_HALF = int(np.float64(0.5).view(np.int64))


@dataclass(frozen=True)
class RocCurve:
    """The points of a receiver operating characteristic (ROC) curve, from (0, 0) to (1, 1).

    Attributes:
        fpr: False positive rates, ascending.
        tpr: True positive rates.
        thresholds: Lowest score that counts as positive at each point; descending and finite.
        auc: Area below the full curve; ties count half.
        auc_error: Largest possible error of `auc`; 0 unless different scores share a bin.
        precision: Share of the positive class among the rows that count as positive; 1 if no row
            does. Together with `tpr`, the recall, it is the precision-recall curve.
        average_precision: Mean of the precision over the rows of the positive class, of the full
            curve.
        best_f1: Highest harmonic mean of precision and recall.
        best_threshold: The lowest score that counts as positive where F1 is highest.
    """

    fpr: list[float]
    tpr: list[float]
    thresholds: list[float]
    auc: float | None
    auc_error: float = 0.0
    precision: list[float] = field(default_factory=list)
    average_precision: float | None = None
    best_f1: float | None = None
    best_threshold: float | None = None


def roc_curve(truth: Bools, scores: Floats) -> RocCurve:
    """Return the curve with one point for each different score.

    Args:
        truth: bool array of shape (n,), True for the positive class.
        scores: float64 array of shape (n,), finite; a higher score is more positive.

    Returns:
        The curve, without points if all rows are of one class. Its first threshold is the next
        double above the highest score, so no row counts as positive there.

    Source:
        Fawcett 2006, algorithm 1, and algorithm 2 for the area.
    """
    if truth.all() or not truth.any():
        return RocCurve([], [], [], None)
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    true = np.cumsum(truth[order])[last]
    curve = _Curve(true, last + 1 - true, scores[order[last]], scores[order[0]])
    return curve.points(np.arange(len(last) + 1))


@dataclass(frozen=True)
class _Curve:
    """All points but the first: true and false positives, and the lowest score that is positive.

    `highest` is the highest score.
    """

    true: Counts
    false: Counts
    thresholds: Floats
    highest: float

    def points(self, kept: npt.NDArray[np.intp], auc_error: float = 0.0) -> RocCurve:
        """Return these points and the first one, together with the scores of the whole curve.

        Source:
            Manning, Raghavan, Schütze, Introduction to Information Retrieval, 2008, 8.4 (average
            precision).
        """
        tpr = np.append(0.0, self.true / self.true[-1])
        fpr = np.append(0.0, self.false / self.false[-1])
        precision = np.append(1.0, self.true / (self.true + self.false))
        thresholds = np.append(np.nextafter(self.highest, np.inf), self.thresholds)
        f1 = 2 * self.true / (self.true + self.false + self.true[-1])
        best = int(np.argmax(f1))
        return RocCurve(
            fpr=fpr[kept].tolist(),
            tpr=tpr[kept].tolist(),
            thresholds=thresholds[kept].tolist(),
            auc=float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2)),
            auc_error=auc_error,
            precision=precision[kept].tolist(),
            average_precision=float(np.sum(np.diff(tpr) * precision[1:])),
            best_f1=float(f1[best]),
            best_threshold=float(self.thresholds[best]),
        )

    def spread(self, number: int, by_rows: bool) -> npt.NDArray[np.intp]:
        """Return at most this many points, including both ends.

        Between two points lie equal numbers of other points, or about equal numbers of rows.
        """
        size = len(self.true) + 1
        if size <= number:
            return np.arange(size)
        if not by_rows:
            return np.linspace(0, size - 1, number).round().astype(np.intp)
        rows = np.append(0, self.true + self.false)
        return np.searchsorted(rows, np.linspace(0, rows[-1], number))


@dataclass
class ScoreBins:
    """The distribution of the scores, of the positive class and of all other rows.

    Each side is kept as `Bins`, so the result depends on the rows alone and not on their order.
    With up to 131,072 different scores per side it is exact. With more, each bin spans the same
    fraction of the score, or of one minus the score above 0.5, so that scores near 0 and near 1 are
    told apart. Memory does not grow with the rows: the bins take 4 MB, and filling them takes less
    than 60 MB.

    Attributes:
        positives: Scores of the positive class.
        negatives: Scores of all other rows.
        most_held: Number of rows that are collected before they are put into bins together.
    """

    positives: Bins = field(default_factory=lambda: Bins(limit=_LIMIT))
    negatives: Bins = field(default_factory=lambda: Bins(limit=_LIMIT))
    most_held: int = _HELD_KEYS
    _held: list[tuple[Int64s, Bools, Floats | None]] = field(default_factory=list)

    @classmethod
    def one_of(cls, number: int) -> ScoreBins:
        """Return empty bins that use one of `number` equal shares of the memory."""
        limit = max(_LIMIT // number, 1024)
        return cls(Bins(limit=limit), Bins(limit=limit), _HELD_KEYS // number)

    def add(self, truth: Bools, scores: Floats, weights: Floats | None = None) -> None:
        """Add rows.

        Args:
            truth: bool array of shape (n,), True for the positive class.
            scores: float64 array of shape (n,), between 0 and 1.
            weights: How much each row counts, float64 of shape (n,), above 0; None if all count once.
                Either all rows that are added have weights or none has.
        """
        self._held.append((_score_keys(scores), truth, weights))
        if sum(len(keys) for keys, *_ in self._held) >= self.most_held:
            self._bin()

    def _bin(self) -> None:
        """Bin the collected rows; merging this many at once takes a tenth of the time."""
        if self._held:
            keys, truth = (np.concatenate([held[n] for held in self._held]) for n in (0, 1))
            held = [weights for *_, weights in self._held if weights is not None]
            weights = np.concatenate(held) if held else None
            self.positives = self.positives.add(keys[truth], _those(weights, truth))
            self.negatives = self.negatives.add(keys[~truth], _those(weights, ~truth))
            self._held = []

    def curve(self, number: int) -> RocCurve:
        """Return the curve with at most this many points, including both ends.

        Args:
            number: Number of points, at least 2.

        Returns:
            The curve, without points if all rows are on one side. Every point is exact. The area
            counts rows of both sides in the same bin as ties, so its error is at most half of the
            share that their pairs have among all pairs.
        """
        self._bin()
        if not len(self.positives.counts) or not len(self.negatives.counts):
            return RocCurve([], [], [], None)
        both = replace(self.positives, limit=2 * self.positives.limit).merge(self.negatives)
        true, false = (side.aligned(both)[::-1] for side in (self.positives, self.negatives))
        edges, (highest,) = _key_scores(both.edges()[0]), _key_scores(np.array([both.highest]))
        curve = _Curve(np.cumsum(true), np.cumsum(false), edges[::-1], highest)
        pairs = float(true.sum()) * float(false.sum())
        error = 0.0 if both.exact else float((true / pairs * false).sum()) / 2
        return curve.points(curve.spread(number, not both.exact), error)


def _those(weights: Floats | None, chosen: Bools) -> Floats | None:
    return None if weights is None else weights[chosen]


def _score_keys(scores: Floats) -> Int64s:
    """Map scores between 0 and 1 to int64 keys of the same order, symmetric about 0.5.

    One minus a score of at least 0.5 is exact, so different scores get different keys.

    Source:
        Sterbenz, Floating-point computation, 1974, theorem 4.3.1.
    """
    smaller = np.minimum(scores, 1.0 - scores)
    smaller += 0.0  # Turns -0.0 into 0.0
    keys = smaller.view(np.int64)
    keys -= _HALF
    signs = -(scores > 0.5).astype(np.int64)
    keys ^= signs  # This and the next line change the sign where `signs` is -1.
    keys -= signs
    return keys


def _key_scores(keys: Int64s) -> Floats:
    """Map keys back to the scores from which `_score_keys` made them."""
    smaller = (_HALF - np.abs(keys)).view(np.float64)
    return np.where(keys > 0, 1.0 - smaller, smaller)
