"""A matrix of which some entries are known, such as ratings: what a person brings to be completed."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MatrixShape:
    """The form of a matrix: rows, columns, and how many of its entries are known."""

    rows: int
    columns: int
    observed: int


@dataclass(frozen=True)
class Matrix:
    """Known entries of a matrix: `entries` (observed, 3) are row, column and value, row after row."""

    rows: int
    columns: int
    entries: Floats = field(repr=False)

    @property
    def shape(self) -> MatrixShape:
        """Its form."""
        return MatrixShape(self.rows, self.columns, len(self.entries))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its form and known entries: equal matrices are one, whatever file they came in."""
        form = np.array([self.rows, self.columns], np.int64)
        return hashlib.sha256(form.tobytes() + np.ascontiguousarray(self.entries).tobytes()).hexdigest()
