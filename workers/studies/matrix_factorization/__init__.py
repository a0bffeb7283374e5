"""Runs the units of the matrix factorization study, and joins what they measured."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.matrix_factorization.facts import MatrixFactorizationFacts, Truth
from backend.studies.matrix_factorization.params import MatrixFactorizationParams, Part
from backend.studies.matrix_factorization.plan import BROUGHT, Work, looks
from backend.studies.matrix_factorization.problems import ground_truth, mask_order
from backend.theory.nuclear_norm import effective_rank, nuclear_norm
from workers.studies.matrix_factorization import brought, dynamics, recovery

RUN: Mapping[str, Callable[[Mapping[str, Any], MatrixFactorizationParams, Context], Arrays]] = {
    Work.LEAST: recovery.run_least,
    Work.DESCENT: recovery.run_descent,
    Work.DYNAMICS: dynamics.run,
    Work.BROUGHT: brought.run,
    Work.BROUGHT_LEAST: brought.run_least,
}


def run(payload: Mapping[str, Any], params: MatrixFactorizationParams, context: Context) -> Outcome:
    """Run one unit: facts, and the arrays that its figures draw."""
    with threadpool_limits(1, "blas"):  # numpy's: of small matrices, several threads are slower by far
        return Outcome(RUN[payload["work"]](payload, params, context))


def summarize(
    params: MatrixFactorizationParams,
    examples: None,  # noqa: ARG001 - there are no images
    units: Iterable[tuple[Mapping[str, Any], Arrays]],
) -> Results:
    """Join all facts so far, and name the arrays.

    `history` (fits, t, 4) has training error, reconstruction error, nuclear norm and effective rank of each
    of the facts' fits at `history_steps`. Of problem 0 there are the `truth`, the `order` in which entries
    are observed, the matrices found, which are those of the fits `matrix_fits` and of `least_fits`, and the
    dynamics by depth: steps, leading singular values, those of Theorem 3, and means of |U^T grad V| on and
    off its diagonal. Of somebody's own matrix, by depth: errors on the way, and the completed matrix.
    """
    found = MatrixFactorizationFacts()
    history: list[npt.NDArray[Any]] = []
    pictured: dict[str, tuple[list[int], list[Any]]] = {"matrix": ([], []), "least": ([], [])}
    named: dict[str, npt.NDArray[Any]] = {}
    for payload, arrays in units:
        named |= _alone(payload, arrays)
        own = MatrixFactorizationFacts.from_arrays(arrays)
        if payload["work"] == Work.DESCENT:
            history.append(arrays["history"])
            places, matrices = pictured["matrix"]
            places += [len(found.fits) + int(place) for place in arrays["pictured"]]
            matrices += list(arrays["matrices"])
        elif payload["work"] == Work.LEAST:
            places, matrices = pictured["least"]
            places += [len(found.least) + place for place in range(len(arrays["matrices"]))]
            matrices += list(arrays["matrices"])
        found = MatrixFactorizationFacts.joined([found, own])
    for name, (places, matrices) in pictured.items():
        if places:
            named |= {f"{name}_fits": np.array(places), f"{name}_matrices": np.array(matrices)}
    if history:
        named |= {"history_steps": np.array(looks(params)), "history": np.concatenate(history)}
    if not (found.fits or found.least or found.dynamics):
        return Results(facts=found, arrays=named)
    truths = [ground_truth(params.size, params.rank, params.seed, place) for place in range(params.problems)]
    named |= {"truth": truths[0], "order": mask_order(params.size, params.seed, 0)}
    sigma = np.linalg.svd(np.array(truths), compute_uv=False)
    rows = zip(nuclear_norm(sigma).tolist(), effective_rank(sigma).tolist(), strict=True)
    known = tuple(Truth(place, *row) for place, row in enumerate(rows))
    return Results(facts=MatrixFactorizationFacts.joined([found], truths=known), arrays=named)


ALONE = {
    Part.DYNAMICS.value: ("dynamics", ("steps", "sigma", "theory", "alignment")),
    BROUGHT: ("yours", ("steps", "curves", "matrix", "known")),
}


def _alone(payload: Mapping[str, Any], arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of which one unit has all that there is at a depth."""
    named, names = ALONE.get(payload["part"], ("", ()))
    return {f"{named}_{name}_{payload['depth']}": arrays[name] for name in names if name in arrays}
