"""Products of feature matrices, and systems of equations of their size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import check

__all__ = ["products", "solve"]

Floats = npt.NDArray[np.float64]
# OpenBLAS uses one thread for a product of this many multiplications. The way in which it divides
# larger products among threads affects their last bits.
_ONE_THREAD = 1 << 18
_PANEL = 1 << 10


def products(left: Floats, right: Floats) -> Floats:
    """Return `left @ right.T`.

    Args:
        left: float64 array of shape (m, n), m > 1.
        right: float64 array of shape (k, n), k > 1.

    Returns:
        float64 array of shape (m, k), with the same bits on any number of cores.
    """
    total = np.zeros((len(left), len(right)))
    high = max(2, _PANEL // len(right))
    wide = max(1, _ONE_THREAD // (min(high, len(left)) * len(right)))
    for row in range(0, len(left), high):
        for start in range(0, left.shape[1], wide):
            columns = slice(start, start + wide)
            total[row : row + high] += left[row : row + high, columns] @ right[:, columns].T
    return total


def solve(matrix: Floats, right: Floats, field: str) -> Floats:
    """Solve for a symmetric matrix, scaled so that units of features do not matter.

    With 100 unknowns or more the last bits depend on LAPACK's number of threads.

    Args:
        matrix: float64 array of shape (n, n), positive semidefinite.
        right: float64 array of shape (n,).
        field: The penalty that makes a solution unique, as `owner.field`.

    Returns:
        float64 array of shape (n,).

    Raises:
        DataError: If the solution is not unique.
    """
    scale = np.sqrt(np.diag(matrix))
    scale[scale == 0] = 1.0
    scaled = matrix / np.outer(scale, scale)
    regular = np.linalg.matrix_rank(scaled, hermitian=True) == len(matrix)
    fix = "Raise it, or remove features that are constant or follow from others"
    check(regular, field, "make the solution unique", "dependent features", fix)
    solution: Floats = np.linalg.solve(scaled, right / scale) / scale
    return solution
