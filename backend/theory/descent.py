"""Optimizers on a linear model, their weights recorded at steps ever farther apart.

All minimize L(w) = sum_n l(x_n^T w), a sum: the step sizes are those of Soudry et al. (JMLR 19(70), 2018).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from backend.theory.margin_loss import Floats, Loss, Pull
from backend.theory.modified_equation import HeavyBall, SlowAdam

Indices = npt.NDArray[np.int64]
Report = Callable[[float], None]

ONE_BY_ONE = 10_000  # steps of gradient descent that are taken, at most, before many are taken at once
_ADAM_SETTLED = 3_000  # steps, three memories of squared gradients
_AT_REST = 1e-15
_FAR = 1e100  # weights beyond it have diverged
_LOGISTIC_BOUND = 0.25  # beta of the logistic loss


@dataclass(frozen=True)
class Descent:
    """Weights (t, d) after steps (t,), of which those up to `taken` were taken one by one.

    It has fewer steps than asked for where that step size diverges, or where they cannot be followed further.
    """

    steps: Indices
    weights: Floats
    taken: int


def _unseen(_done: float) -> None:
    pass


def log_steps(most: int, per_decade: int = 20) -> Indices:
    """Return whole numbers from 1 to `most`, both included, in about equal ratios."""
    count = int(np.ceil(np.log10(most) * per_decade)) + 1
    return np.unique(np.rint(np.geomspace(1, most, count)).astype(np.int64))


def largest_step(x: Floats) -> float:
    """Return 2 / (beta sigma_max^2), below which gradient descent on the logistic loss must converge."""
    return float(2 / (_LOGISTIC_BOUND * np.linalg.norm(x.reshape(-1, x.shape[-1]), 2) ** 2))


def gradient_descent(
    x: Floats,
    step: float,
    steps: Indices,
    *,
    loss: Loss = Loss.LOGISTIC,
    momentum: float = 0.0,
    start: Floats | None = None,
    one_by_one: int = ONE_BY_ONE,
) -> Descent:
    """Run w <- w + step * pull + momentum * (last change), for points (n, d) or (n, j, d), to any step.

    Steps are taken one by one until their changes are small and smooth. From there the weights follow the
    differential equation whose solution passes through the steps (backward error analysis: Hairer, Lubich
    and Wanner, Geometric Numerical Integration, chapter IX, to its second term), which differs from the steps
    by less than 1e-5 of the weights. If that is not so after `one_by_one` steps, it ends there, unless the
    weights have come to rest.
    """
    pull = Pull(x, loss)
    modified = HeavyBall(pull, step, momentum)
    scaled = pull.scaled(step)
    weights = _from(start, x)
    velocity = np.zeros_like(weights)

    def advance() -> None:
        nonlocal velocity, weights
        velocity *= momentum
        velocity += scaled(weights)
        weights += velocity

    first = steps[steps <= one_by_one]
    found = _taken(advance, weights, first, stop=lambda: modified.holds(weights, velocity))
    done = len(found.steps)
    if done == 0 or done == len(steps):
        return found
    if modified.holds(weights, velocity):
        later = modified.followed(weights, steps[done - 1 :].astype(np.float64))
    elif np.abs(velocity).max() <= _AT_REST * (1 + np.abs(weights).max()):
        later = np.tile(weights, (len(steps) - done, 1))
    else:
        return found
    weights = np.vstack([found.weights, later])
    return Descent(steps[: len(weights)], weights, found.taken)


def stochastic_gradient_descent(
    x: Floats,
    step: float,
    epochs: Indices,
    rng: np.random.Generator,
    *,
    batch: int = 4,
    loss: Loss = Loss.LOGISTIC,
    start: Floats | None = None,
    progress: Report = _unseen,
) -> Descent:
    """Run SGD on points (n, d), each epoch in a new order; the steps recorded are epochs.

    A step adds step * pull of its batch, a sum as well: an epoch moves about as far as a step of gradient
    descent does.
    """
    weights = _from(start, x)
    parts = [slice(at, at + batch) for at in range(0, len(x), batch)]
    share = np.exp if loss is Loss.EXPONENTIAL else expit

    def advance() -> None:
        nonlocal weights
        order = x[rng.permutation(len(x))]
        for part in parts:
            some = order[part]
            weights += (step * share(-some @ weights)) @ some

    return _taken(advance, weights, epochs, progress)


def adam(
    x: Floats,
    rate: float,
    steps: Indices,
    *,
    epsilon: float = 1e-8,
    betas: tuple[float, float] = (0.9, 0.999),
    loss: Loss = Loss.LOGISTIC,
    start: Floats | None = None,
    one_by_one: int | None = None,
    progress: Report = _unseen,
) -> Descent:
    """Run Adam (Kingma and Ba, 2015, Algorithm 1) on the whole loss of points (n, d) or (n, j, d).

    Once gradients are far below epsilon it moves like gradient descent with step size rate / epsilon.
    With `one_by_one`, at most so many steps are taken one by one; the weights then follow a differential
    equation that differs from the steps by less than 1 % in length and 0.2 degrees in direction, as long as
    steps change little.
    """
    whole = Pull(x, loss)
    slow = SlowAdam(whole, rate, epsilon, betas)
    pull = whole.scaled(1.0)
    weights = _from(start, x)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    scale, taken = np.zeros_like(weights), 0

    def advance() -> None:
        nonlocal mean, square, scale, weights, taken
        taken += 1
        force = pull(weights)
        mean *= betas[0]
        mean += (1 - betas[0]) * force
        np.multiply(force, force, out=force)
        square *= betas[1]
        square += (1 - betas[1]) * force
        np.sqrt(square, out=scale)
        scale *= 1 / math.sqrt(1 - betas[1] ** taken)
        scale += epsilon
        np.divide(mean, scale, out=scale)
        scale *= rate / (1 - betas[0] ** taken)
        weights += scale

    if one_by_one is None:
        return _taken(advance, weights, steps, progress)

    def stop() -> bool:
        return taken >= _ADAM_SETTLED and slow.share(taken, weights, square) < slow.SMOOTH

    found = _taken(advance, weights, steps[steps <= one_by_one], progress, stop)
    rest = steps[len(found.steps) - 1 :].astype(np.float64)
    if len(rest) < 2 or len(found.steps) == 0 or not stop():
        return found
    later = np.vstack([found.weights, slow.followed(weights, square, rest)])
    return Descent(steps[: len(later)], later, found.taken)


def normalized_gradient_descent(
    x: Floats,
    rate: float,
    steps: Indices,
    *,
    loss: Loss = Loss.LOGISTIC,
    start: Floats | None = None,
    progress: Report = _unseen,
) -> Descent:
    """Run w <- w + rate / sqrt(t + 1) * pull / |pull|, for points (n, d) or (n, j, d).

    The pull's direction is exact however small the pull is.
    """
    pull = Pull(x, loss)
    weights = _from(start, x)
    taken = 0

    def advance() -> None:
        nonlocal weights, taken
        direction = pull.direction(weights)
        taken += 1
        weights += rate / math.sqrt(taken) * direction

    return _taken(advance, weights, steps, progress)


def _from(start: Floats | None, x: Floats) -> Floats:
    return np.zeros(x.shape[-1]) if start is None else np.array(start, np.float64)


def _taken(
    advance: Callable[[], None],
    weights: Floats,
    steps: Indices,
    progress: Report = _unseen,
    stop: Callable[[], bool] = lambda: False,
) -> Descent:
    """Advance `weights`, in place, one step after the other, and keep them after `steps`."""
    kept: list[Floats] = []
    taken = 0
    with np.errstate(over="ignore", invalid="ignore"):
        for due in steps.tolist():
            for _ in range(due - taken):
                advance()
            taken = due
            if not np.abs(weights).max() < _FAR:
                break
            kept.append(weights.copy())
            progress(due / steps[-1])
            if stop():
                break
    return Descent(steps[: len(kept)], np.array(kept).reshape(len(kept), len(weights)), taken)
