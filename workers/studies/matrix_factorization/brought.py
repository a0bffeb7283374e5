"""Completes somebody's own matrix at every depth, some of its known entries held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from backend.datasets.matrix import Matrix
from backend.statistics.seeds import generator
from backend.studies.kit.runner import Arrays, Context
from backend.studies.matrix_factorization.facts import Brought, MatrixFactorizationFacts
from backend.studies.matrix_factorization.params import (
    TOLERANCE,
    MatrixFactorizationParams,
    Purpose,
)
from backend.studies.matrix_factorization.plan import looks
from backend.studies.matrix_factorization.problems import Completion, Entries, gaussian_start
from backend.theory.nuclear_norm import effective_rank, least_nuclear_norm, onto_entries
from workers.engine.device import default_device
from workers.engine.lanes import Relay, aside
from workers.studies.matrix_factorization.descent import descend
from workers.studies.matrix_factorization.recovery import report

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """A matrix in units of its known entries: less their `mean`, over their standard deviation `unit`."""

    problem: Completion
    held_out: Entries
    mean: float
    unit: float

    def error(self, products: Floats) -> Floats:
        """Return the mean squared error of products (..., n, m) on what is held out."""
        missed = products[..., self.held_out.rows, self.held_out.columns] - self.held_out.values
        return np.asarray(np.square(missed).mean(axis=-1))

    def restored(self, product: Floats) -> npt.NDArray[np.float32]:
        """Return a product in the units in which the matrix was brought."""
        return (self.mean + self.unit * product).astype(np.float32)


def split(matrix: Matrix, params: MatrixFactorizationParams, number: int) -> Split:
    """Hold out some known entries, the same ones at every depth; the others give mean and unit."""
    order = generator(params.seed, Purpose.HELD_OUT, number).permutation(len(matrix.entries))
    count = max(1, round(params.held_out * len(order)))
    held_out, observed = np.sort(order[:count]), np.sort(order[count:])
    values = matrix.entries[:, 2]
    mean, unit = float(values[observed].mean()), float(values[observed].std()) or 1.0

    def entries(chosen: npt.NDArray[np.int64]) -> Entries:
        rows, columns = matrix.entries[chosen, :2].astype(np.int64).T
        return Entries(rows, columns, (values[chosen] - mean) / unit)

    shape = matrix.rows, matrix.columns
    return Split(Completion(shape, entries(observed)), entries(held_out), mean, unit)


def known(matrix: Matrix) -> npt.NDArray[np.float32]:
    """Return the matrix (n, m) as it was brought, NaN where it is not known."""
    filled = np.full((matrix.rows, matrix.columns), np.nan, np.float32)
    rows, columns = matrix.entries[:, :2].astype(np.int64).T
    filled[rows, columns] = matrix.entries[:, 2]
    return filled


def run(payload: Mapping[str, Any], params: MatrixFactorizationParams, context: Context) -> Arrays:
    """Complete the matrix at one depth, for all splits together."""
    matrix, depth, device = context.matrix(payload["matrix"]), payload["depth"], default_device()
    splits = [split(matrix, params, number) for number in range(params.splits)]
    start = [
        gaussian_start(each.problem.shape, depth, min(params.inits), params.seed, number)
        for number, each in enumerate(splits)
    ]
    seen = looks(params)
    curves = np.full((len(splits), len(seen), 2), np.nan)
    best = np.full(len(splits), np.inf)
    best_step = np.zeros(len(splits), np.int64)
    filled = np.zeros(splits[0].problem.shape)

    def look(step: int, alive: npt.NDArray[np.int64], products: Floats, train: Floats) -> None:
        nonlocal filled
        for row, product, fit in zip(alive, products, train, strict=True):
            error = float(splits[row].error(product))
            if step in places:
                curves[row, places[step]] = fit, error
            if error < best[row]:
                best[row], best_step[row] = error, step
                if row == 0:
                    filled = product

    places = {step: place for place, step in enumerate(seen)}
    relay = Relay(context.progress, len(splits))
    ended = aside(
        lambda: descend(
            [each.problem for each in splits],
            start,
            [params.learning_rates[0]] * len(splits),
            device,
            tolerance=TOLERANCE,
            most=params.most_steps,
            seen=seen,
            look=look,
            progress=lambda fraction: relay.report(range(len(splits)), fraction),
        ),
        1,
        device,
        relay,
    )[0]
    found = []
    for number, each in enumerate(splits):
        product = ended.products[number]
        look(int(ended.steps[number]), np.array([number]), product[None], ended.train[[number]])
        rank = float(effective_rank(np.linalg.svd(np.nan_to_num(product), compute_uv=False)))
        found.append(
            Brought(
                depth=depth,
                split=number,
                steps=int(ended.steps[number]),
                train=float(ended.train[number]),
                held_out=float(each.error(product)),
                best=float(best[number]),
                best_step=int(best_step[number]),
                rank=rank,
                unit=each.unit,
            )
        )
    return {
        **MatrixFactorizationFacts(brought=tuple(found)).to_arrays(),
        "steps": np.array(seen),
        "curves": curves,
        "matrix": splits[0].restored(filled),
        **({"known": known(matrix)} if depth == min(params.depths) else {}),
    }


def run_least(payload: Mapping[str, Any], params: MatrixFactorizationParams, context: Context) -> Arrays:
    """Complete the matrix by the least nuclear norm that agrees with what is observed."""
    matrix = context.matrix(payload["matrix"])
    splits = [split(matrix, params, number) for number in range(params.splits)]
    found, filled = [], []
    with threadpool_limits(1):
        for number, each in enumerate(splits):
            shape, known = each.problem.shape, each.problem.observed
            least = least_nuclear_norm(
                onto_entries(known.mask(shape), known.filled(shape)),
                shape,
                progress=partial(report, context, number, len(splits)),
            )
            error = float(each.error(least.matrix))
            rank = float(effective_rank(np.linalg.svd(least.matrix, compute_uv=False)))
            found.append(Brought(0, number, least.iterations, 0.0, error, error, 0, rank, each.unit))
            filled.append(least.matrix)
    facts = MatrixFactorizationFacts(brought=tuple(found))
    return {**facts.to_arrays(), "matrix": splits[0].restored(filled[0])}
