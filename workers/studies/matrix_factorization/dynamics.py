"""Follows the singular values of a product under plain gradient descent (Arora et al. 2019, Fig. 3)."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.integrate import cumulative_trapezoid

from backend.studies.kit.runner import Arrays, Context
from backend.studies.matrix_factorization.facts import Dynamics, MatrixFactorizationFacts
from backend.studies.matrix_factorization.params import DYNAMICS_SCALE, MatrixFactorizationParams
from backend.studies.matrix_factorization.plan import RECORDS
from backend.studies.matrix_factorization.problems import Completion, completion, identity_start
from backend.theory.deep_linear import grown, growth_rate
from workers.engine.device import default_device
from workers.engine.lanes import Relay, aside
from workers.studies.matrix_factorization.descent import Factors, OnEntries, gradients_of, partial_products

Floats = npt.NDArray[np.float64]
CROSSED = 0.1  # of its final value, at which a singular value counts as risen
THEOREM_DEPTHS = (1, 2, 3, 4)
STEP = 1e-6  # of the finite difference, relative to the time in which the largest value would double


def run(payload: Mapping[str, Any], params: MatrixFactorizationParams, context: Context) -> Arrays:
    """Follow some problems at one depth, together and in float64."""
    relay = Relay(context.progress, payload["count"])
    return aside(lambda: _followed(payload, params, relay), 1, default_device(), relay)[0]


def _followed(payload: Mapping[str, Any], params: MatrixFactorizationParams, relay: Relay) -> Arrays:
    depth, indices = payload["depth"], range(payload["first"], payload["first"] + payload["count"])
    rate, steps, leading = params.dynamics_rate, params.steps_at(depth), 2 * params.rank
    device, shape = default_device(), (params.size, params.size)
    problems = [
        completion(params.size, params.rank, params.seed, index, params.counts()[0]) for index in indices
    ]
    loss = OnEntries.to(problems, device, torch.float64)
    factors = [
        torch.as_tensor(factor, device=device).repeat(len(problems), 1, 1)
        for factor in identity_start(shape, depth, DYNAMICS_SCALE)
    ]
    every = max(1, steps // RECORDS)
    sigma, drive, aligned = [], [], []
    fastest, fast = np.zeros(len(problems)), np.zeros((len(problems), *shape))
    for step in range(steps + 1):
        partial = partial_products(factors)
        _, upstream = loss.of(partial[-1])
        if step % every == 0:
            relay.report(range(len(problems)), step / steps)
            product, gradient = (tensor.cpu().numpy() for tensor in (partial[-1], upstream))
            u, values, vt = np.linalg.svd(product)
            rotated = (u.mT @ gradient @ vt.mT)[:, :leading, :leading]
            own = np.diagonal(rotated, axis1=1, axis2=2)
            sigma.append(values[:, :leading])
            drive.append(-own)
            others = np.abs(rotated).sum((1, 2)) - np.abs(own).sum(1)
            aligned.append(np.stack([np.abs(own).mean(1), others / (leading**2 - leading)], axis=1))
            speed = np.abs(growth_rate(values[:, :leading], -own, depth)).max(1)
            faster = speed > fastest
            fastest[faster], fast[faster] = speed[faster], product[faster]
        for factor, own_gradient in zip(factors, gradients_of(factors, upstream, partial), strict=True):
            factor.sub_(own_gradient, alpha=rate)
    at = np.arange(len(sigma)) * every
    final = partial[-1].cpu().numpy()
    found = [
        Dynamics(
            depth=depth,
            problem=index,
            final=tuple(sigma[-1][row].tolist()),
            crossed=tuple(crossings(at, np.array(sigma)[:, row, : params.rank])),
            diagonal=float(np.mean([mean[row, 0] for mean in aligned])),
            off_diagonal=float(np.mean([mean[row, 1] for mean in aligned])),
            error=float(np.mean(np.square(final[row] - problem.truth))),
            theorem=theorem_error(fast[row], _gradient(problem), params.rank),
            drift=drift(factors, row),
        )
        for row, (index, problem) in enumerate(zip(indices, problems, strict=True))
    ]
    arrays = MatrixFactorizationFacts(dynamics=tuple(found)).to_arrays()
    if payload["first"] > 0:
        return arrays
    seen: Floats = np.array([rows[0] for rows in sigma])
    driven: Floats = np.array([rows[0] for rows in drive])
    return {
        **arrays,
        "steps": at,
        "sigma": seen,
        "theory": predicted(at * rate, seen, driven, depth),
        "alignment": np.array([mean[0] for mean in aligned]),
    }


def _gradient(problem: Completion) -> Callable[[Floats], Floats]:
    mask, filled = problem.observed.mask(problem.shape), problem.observed.filled(problem.shape)
    return lambda product: 2 * mask * (product - filled) / mask.sum()


def crossings(steps: npt.NDArray[np.int64], sigma: Floats) -> list[float]:
    """Return when each singular value (t, k) first reaches a tenth of what it is in the end."""
    return [float(steps[np.argmax(values >= CROSSED * values[-1])]) for values in sigma.T]


def predicted(times: npt.ArrayLike, sigma: Floats, drive: Floats, depth: int) -> Floats:
    """Return the singular values (t, k) that Theorem 3 makes of the measured drives (t, k).

    It begins at the second record: at the identity, singular vectors are arbitrary.
    """
    pushed = cumulative_trapezoid(drive[1:], np.asarray(times)[1:], axis=0, initial=0)
    return np.concatenate([sigma[:1], grown(sigma[1], pushed, depth)])


def theorem_error(product: Floats, gradient: Callable[[Floats], Floats], leading: int) -> float:
    """Return the largest relative error of Theorem 3 for N = 1 to 4, by finite differences at a product.

    Balanced factors of the product (n, n) take a small step down the gradient and one up it; half the change
    of a leading singular value over the step is held against the theorem's rate.
    """
    u, sigma, vt = np.linalg.svd(product)
    upstream = gradient(product)
    drive = -np.diag(u.T @ upstream @ vt.T)
    worst = 0.0
    for depth in THEOREM_DEPTHS:
        root = np.diag(sigma ** (1 / depth))
        factors = [root] * depth
        factors[0], factors[-1] = factors[0] @ vt, u @ (factors[-1] if depth > 1 else root @ vt)
        batch = [torch.as_tensor(factor)[None] for factor in factors]
        downhill = gradients_of(batch, torch.as_tensor(upstream)[None], partial_products(batch))
        rates = growth_rate(sigma, drive, depth)[:leading]
        step = STEP * sigma[0] / np.abs(rates).max()
        moved = [
            np.linalg.svd(
                partial_products([f - sign * step * g for f, g in zip(batch, downhill, strict=True)])[-1][
                    0
                ].numpy(),
                compute_uv=False,
            )[:leading]
            for sign in (1, -1)
        ]
        measured = (moved[0] - moved[1]) / (2 * step)
        worst = max(worst, float(np.abs(measured - rates).max() / np.abs(rates).max()))
    return worst


def drift(factors: Factors, row: int) -> float:
    """Return the largest |W_{j+1}^T W_{j+1} - W_j W_j^T| over |W_j W_j^T| (Frobenius); 0 at depth 1."""
    run = [factor[row].cpu().numpy() for factor in factors]
    apart = [
        np.linalg.norm(after.T @ after - before @ before.T) / np.linalg.norm(before @ before.T)
        for before, after in itertools.pairwise(run)
    ]
    return float(max(apart, default=0.0))
