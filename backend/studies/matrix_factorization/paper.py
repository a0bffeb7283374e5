"""Values of Arora et al. 2019, read off the published figures (to about 10 % of an error, 0.3 of a norm)."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.studies.matrix_factorization.params import MatrixFactorizationParams, Part

SIZE, RANK = 100, 5


@dataclass(frozen=True)
class Course:
    """A curve over initializations: `values` at `inits`."""

    inits: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Row:
    """One number of observations: by quantity and depth a curve, None where only its level is known.

    `least` and `truth` are levels by quantity.
    """

    courses: Mapping[tuple[str, int], Course]
    least: Mapping[str, float]
    truth: Mapping[str, float]


_COMPLETION = (1e-5, 1e-4, 1e-3, 1e-2)
_SENSING = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
_ENDS = (1e-6, 1e-2)


def _level(inits: tuple[float, ...], value: float) -> Course:
    ends = (inits[0], inits[-1])
    return Course(ends, (value, value))


ROWS: Mapping[tuple[Part, int], Row] = {
    (Part.COMPLETION, 2000): Row(
        {
            ("error", 2): Course(_COMPLETION, (2.5e-2, 4e-2, 6.5e-2, 1e-1)),
            ("error", 3): Course(_COMPLETION, (2.8e-5, 3e-5, 3e-5, 4e-5)),
            ("error", 4): Course(_COMPLETION, (2.2e-5, 3e-5, 3e-5, 2.2e-5)),
            ("nuclear", 2): Course(_COMPLETION, (217.2, 216.4, 215.7, 215.5)),
            ("nuclear", 3): _level(_COMPLETION, 219.5),
            ("nuclear", 4): _level(_COMPLETION, 219.5),
            ("rank", 2): Course(_COMPLETION, (6.6, 7.1, 8.3, 10.1)),
            ("rank", 3): _level(_COMPLETION, 4.95),
            ("rank", 4): _level(_COMPLETION, 4.95),
        },
        least={"error": 1.06e-1, "nuclear": 210.15, "rank": 9.4},
        truth={"nuclear": 219.5, "rank": 4.9},
    ),
    (Part.COMPLETION, 5000): Row(
        {
            ("error", 2): Course(_COMPLETION, (5e-6, 6e-6, 1.7e-5, 9e-5)),
            ("error", 3): _level(_COMPLETION, 4e-6),
            ("error", 4): _level(_COMPLETION, 4e-6),
            ("nuclear", 2): Course(_COMPLETION, (221.2, 221.3, 221.5, 222.3)),
            ("rank", 2): Course(_COMPLETION, (5.0, 5.0, 5.1, 5.35)),
        },
        least={"error": 8e-7, "nuclear": 221.03, "rank": 4.95},
        truth={"nuclear": 221.15, "rank": 4.95},
    ),
    (Part.SENSING, 2000): Row(
        {
            ("error", 2): Course(_SENSING, (4.5e-4, 1.4e-3, 4e-3, 1.3e-2, 3.7e-2)),
            ("error", 3): Course(_SENSING, (8e-6, 8e-6, 8e-6, 8e-6, 1.6e-5)),
            ("error", 4): _level(_SENSING, 8e-6),
            ("nuclear", 2): Course(_ENDS, (221.1, 226.9)),
            ("rank", 2): Course(_ENDS, (5.4, 9.7)),
        },
        least={"error": 7e-4, "nuclear": 220.1, "rank": 5.5},
        truth={"nuclear": 220.4},
    ),
    (Part.SENSING, 5000): Row(
        {
            ("error", 2): Course(_ENDS, (3e-6, 1.6e-5)),
            ("error", 3): _level(_SENSING, 2.6e-6),
            ("error", 4): _level(_SENSING, 2.6e-6),
        },
        least={"error": 9e-7},
        truth={},
    ),
}


def row(params: MatrixFactorizationParams, part: Part, observed: int) -> Row | None:
    """Return the paper's row for a number of observations, None where matrices are not of its form."""
    same = params.size == SIZE and params.rank == RANK
    return ROWS.get((part, observed)) if same else None
