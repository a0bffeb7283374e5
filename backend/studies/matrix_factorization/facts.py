"""What an experiment of the matrix factorization study measures."""

from dataclasses import dataclass

from backend.studies.kit.facts import Facts
from backend.studies.matrix_factorization.params import Part


@dataclass(frozen=True)
class Truth:
    """A matrix to be recovered: its nuclear norm and effective rank."""

    problem: int
    nuclear: float
    rank: float


@dataclass(frozen=True)
class Fit:
    """One run of gradient descent, and the matrix that it found.

    `observed` counts entries or measurements, `init` is the Frobenius norm of the product at the start.
    `train` is the mean squared error on the observations and `error` that on all entries; `fit` says whether
    training reached its tolerance. `rank` is the effective rank.
    """

    part: Part
    depth: int
    problem: int
    observed: int
    init: float
    lr: float
    steps: int
    train: float
    fit: bool
    error: float
    nuclear: float
    rank: float


@dataclass(frozen=True)
class Least:
    """The matrix of least nuclear norm that agrees with the observations; `gap` is relative, and proven."""

    part: Part
    problem: int
    observed: int
    nuclear: float
    gap: float
    error: float
    rank: float


@dataclass(frozen=True)
class Dynamics:
    """One run of plain gradient descent from a multiple of the identity.

    `final` are the leading singular values at the end, and `crossed` the steps at which the first of them, as
    many as the rank, reach a tenth of that. `diagonal` and `off_diagonal` are means of |U^T grad V| over the
    run and the leading singular vectors. `theorem` is the largest relative error of Theorem 3 by finite
    differences where this run's values grow fastest; `drift` is by how much, relative,
    the factors' balance has moved.
    """

    depth: int
    problem: int
    final: tuple[float, ...]
    crossed: tuple[float, ...]
    diagonal: float
    off_diagonal: float
    error: float
    theorem: float
    drift: float


@dataclass(frozen=True)
class Brought:
    """A completion of somebody's own matrix, with one choice of entries held out.

    `depth` is 0 for the least nuclear norm. Errors are mean squares relative to the variance of the entries
    trained on, so that their mean everywhere has an error of about 1; `unit` is the root of that variance.
    `held_out` is the error where it ended, `best` the smallest on the way, at `best_step`; `rank` is the
    effective rank at the end.
    """

    depth: int
    split: int
    steps: int
    train: float
    held_out: float
    best: float
    best_step: int
    rank: float
    unit: float


class MatrixFactorizationFacts(Facts):
    """Everything measured so far; units add rows."""

    truths: tuple[Truth, ...] = ()
    fits: tuple[Fit, ...] = ()
    least: tuple[Least, ...] = ()
    dynamics: tuple[Dynamics, ...] = ()
    brought: tuple[Brought, ...] = ()
