"""Recovers matrices from entries or measurements: by descent, and by least nuclear norm."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.studies.kit.runner import Arrays, Context
from backend.studies.matrix_factorization.facts import Fit, Least, MatrixFactorizationFacts
from backend.studies.matrix_factorization.params import TOLERANCE, MatrixFactorizationParams, Part
from backend.studies.matrix_factorization.plan import FLOPS, inits_of, looks
from backend.studies.matrix_factorization.problems import (
    Completion,
    Problem,
    Sensing,
    completion,
    gaussian_start,
    sensing,
)
from backend.theory.nuclear_norm import (
    effective_rank,
    least_nuclear_norm,
    nuclear_norm,
    onto_entries,
    onto_measurements,
)
from workers.engine.choice import lanes_of
from workers.engine.device import default_device
from workers.engine.lanes import Relay, run_lanes
from workers.studies.matrix_factorization.descent import Descended, descend

LANE_FLOPS = 1e-4 * FLOPS  # of a step, from which lanes pay for themselves

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """One descent: on which problem, from where, how fast."""

    index: int
    problem: Problem
    observed: int
    init: float
    lr: float


def run_descent(payload: Mapping[str, Any], params: MatrixFactorizationParams, context: Context) -> Arrays:
    """Run all descents of one depth for some problems, together."""
    part, depth = Part(payload["part"]), payload["depth"]
    runs = [
        Run(index, problem, observed, init, lr)
        for index, observed, problem in _problems(payload, params)
        for lr in payload["rates"]
        for init in inits_of(params, part)
    ]
    starts = [gaussian_start(run.problem.shape, depth, run.init, params.seed, run.index) for run in runs]
    seen = looks(params)
    history = np.full((len(runs), len(seen), 4), np.nan)
    device = default_device()
    relay = Relay(context.progress, len(runs))

    def descended(chunk: range) -> Descended:
        def look(step: int, alive: npt.NDArray[np.int64], products: Floats, train: Floats) -> None:
            rows = alive + chunk.start
            history[rows, seen.index(step)] = _looked([runs[row].problem for row in rows], products, train)

        return descend(
            [runs[at].problem for at in chunk],
            [starts[at] for at in chunk],
            [runs[at].lr for at in chunk],
            device,
            tolerance=TOLERANCE,
            most=params.most_steps,
            seen=seen,
            look=look,
            progress=lambda fraction: relay.report(chunk, fraction),
        )

    parts = run_lanes(descended, _chunks(runs, depth), 2, device, relay)
    fits, products = [], []
    for chunk, ended in parts:
        measured = _looked([runs[at].problem for at in chunk], ended.products, ended.train)
        products.append(ended.products)
        fits += [
            Fit(
                part=part,
                depth=depth,
                problem=runs[at].index,
                observed=runs[at].observed,
                init=runs[at].init,
                lr=runs[at].lr,
                steps=int(ended.steps[row]),
                train=float(ended.train[row]),
                fit=bool(ended.fit[row]),
                error=float(measured[row, 1]),
                nuclear=float(measured[row, 2]),
                rank=float(measured[row, 3]),
            )
            for row, at in enumerate(chunk)
        ]
    first = [at for at, run in enumerate(runs) if run.index == 0 and run.lr == params.learning_rates[0]]
    return {
        **MatrixFactorizationFacts(fits=tuple(fits)).to_arrays(),
        "history": history,
        "pictured": np.array(first, np.int64),
        "matrices": np.concatenate(products)[first].astype(np.float32),
    }


def run_least(payload: Mapping[str, Any], params: MatrixFactorizationParams, context: Context) -> Arrays:
    """Find the least nuclear norm for some problems."""
    part, found, matrices = Part(payload["part"]), [], []
    problems = len(payload["observed"]) * payload["count"]
    for done, (index, observed, problem) in enumerate(_problems(payload, params)):
        if isinstance(problem, Completion):
            shape, known = problem.shape, problem.observed
            project = onto_entries(known.mask(shape), known.filled(shape))
        else:
            project = onto_measurements(problem.measurements, problem.values)
        least = least_nuclear_norm(
            project,
            problem.shape,
            progress=partial(report, context, done, problems),
        )
        row = _looked([problem], least.matrix[None], np.zeros(1))[0]
        found.append(Least(part, index, observed, least.norm, least.gap, float(row[1]), float(row[3])))
        if index == 0:
            matrices.append(least.matrix.astype(np.float32))
    return {
        **MatrixFactorizationFacts(least=tuple(found)).to_arrays(),
        "matrices": np.array(matrices, np.float32).reshape(-1, params.size, params.size),
    }


def report(context: Context, done: int, all_: int, fraction: float) -> None:
    """Report how far one of several matrices is, one after the other."""
    context.progress((done + fraction) / all_)


def _problems(
    payload: Mapping[str, Any], params: MatrixFactorizationParams
) -> Iterator[tuple[int, int, Problem]]:
    """Yield (number, observations, problem) of a unit; one problem's measurements at a time are in memory."""
    part = Part(payload["part"])
    draw = sensing if part is Part.SENSING else completion
    for index in range(payload["first"], payload["first"] + payload["count"]):
        for observed in payload["observed"]:
            yield index, observed, draw(params.size, params.rank, params.seed, index, observed)


def _chunks(runs: Sequence[Run], depth: int) -> list[range]:
    """Cut runs into one chunk per lane, where their steps are long enough."""
    device = default_device()
    rows, columns = runs[0].problem.shape
    flops = len(runs) * 6 * (depth - 1) * rows * columns * min(rows, columns)
    flops += sum(4 * run.observed * rows * columns for run in runs if isinstance(run.problem, Sensing))
    lanes = lanes_of(device, len(runs)) if flops >= LANE_FLOPS else 1
    bounds = np.linspace(0, len(runs), lanes + 1).astype(int).tolist()
    return [range(start, stop) for start, stop in itertools.pairwise(bounds)]


def _looked(problems: list[Problem], products: Floats, train: Floats) -> Floats:
    """Return training error, reconstruction error, nuclear norm and effective rank of each (B, 4)."""
    sigma = np.linalg.svd(np.nan_to_num(products), compute_uv=False)
    error = [
        np.nan if problem.truth is None else float(np.mean(np.square(product - problem.truth)))
        for problem, product in zip(problems, products, strict=True)
    ]
    return np.stack([train, error, nuclear_norm(sigma), effective_rank(sigma)], axis=1)
