"""Differential equations that pass through the steps of an optimizer, so that many steps are taken at once.

Backward error analysis (Hairer, Lubich and Wanner, Geometric Numerical Integration, chapter IX): a step with
memory m solves (e^D - 1)(1 - m e^-D) w = f, where D = d/dn is the derivative by the number of steps. Solved
for dw/dn in powers of f, it gives f / (1 - m) - (1 + m) / (2 (1 - m)^3) f' f and so on. The second term's
share tells how far the first two are from the steps: by about its square.
"""

import numpy as np

from backend.theory.margin_loss import Floats, Pull
from backend.theory.stiff import integrated


class HeavyBall:
    """Gradient descent with momentum m, 0 for none, while its steps are small and smooth.

    They stay so once all points are on the right side, or if the loss bends nowhere more than they bear. Far
    on the wrong side its slope is constant, and steps that are smooth there may yet jump over a bend.
    """

    SMOOTH = 3e-3  # so small a share of the second term leaves the weights right to 1e-5
    _MOST_STEPS = 500  # between two times

    def __init__(self, pull: Pull, step: float, momentum: float) -> None:
        self._pull, self._log_step = pull, float(np.log(step))
        self._first = 1 / (1 - momentum)
        self._second = (1 + momentum) / (2 * (1 - momentum) ** 3)
        self._memory = momentum / (1 - momentum)
        self._anywhere = self._second / self._first * step * pull.steepest < self.SMOOTH

    def holds(self, weights: Floats, velocity: Floats) -> bool:
        """Whether it describes the steps from these weights (d,), reached by that change, closely enough."""
        if not (self._anywhere or (self._pull.rows @ weights).min() > 0):
            return False
        if not self._share(weights) < self.SMOOTH:
            return False
        own = self._slope(0.0, weights)
        astray = self._memory * np.linalg.norm(velocity - own)  # how far what is left of a swing carries
        return bool(astray < 1e-5 * (1 + np.linalg.norm(weights)))

    def followed(self, weights: Floats, steps: Floats) -> Floats:
        """Return the weights after all steps (t,) but the first, as long as it describes them.

        `weights` (d,) are those after the first.
        """
        found = integrated(self._slope, self._jacobian, weights, np.log(steps), most_steps=self._MOST_STEPS)[
            1:
        ]
        rough = [not self._share(at) < 2 * self.SMOOTH for at in found]
        return found[: rough.index(True)] if any(rough) else found

    def _share(self, weights: Floats) -> float:
        """Return how large the second term is beside the first."""
        bend = self._pull.jacobian(weights, self._log_step)
        return self._second / self._first * float(np.linalg.norm(bend))

    def _slope(self, log_n: float, weights: Floats) -> Floats:
        force = self._pull(weights, log_n + self._log_step)
        bent = self._pull.bent(weights, force, self._log_step)
        return np.asarray(self._first * force - self._second * bent)

    def _jacobian(self, log_n: float, weights: Floats) -> Floats:
        return self._first * self._pull.jacobian(weights, log_n + self._log_step)


class SlowAdam:
    """Adam once its steps change little: memory of gradients is short, that of their squares a variable.

    With h = rate / (sqrt(v) + epsilon) * pull, dw/dn = h - (1 + beta_1) / (2 (1 - beta_1)) h' h; for the mean
    v of squared gradients, d log v / dn = log(1 + (1 - beta_2)(pull^2 / v - 1)).
    """

    SMOOTH = 0.05
    _ROUGH = 0.5
    _ACCURACY = 1e-8
    _MOST_STEPS = 500  # between two times

    def __init__(self, pull: Pull, rate: float, epsilon: float, betas: tuple[float, float]) -> None:
        self._pull, self._rate, self._epsilon = pull, rate, epsilon
        self._lag = (1 + betas[0]) / (2 * (1 - betas[0]))
        self._forget = betas[1]

    def share(self, n: float, weights: Floats, square: Floats) -> float:
        """Return how large the second term is beside the first, at weights and squares (d,) after n steps."""
        per_step = self._scale(n, square)[:, None] * self._pull.jacobian(weights)
        return float(self._lag * np.linalg.norm(per_step))

    def followed(self, weights: Floats, square: Floats, steps: Floats) -> Floats:
        """Return the weights after all steps (t,) but the first, as long as they change little.

        `weights` and the mean of squared gradients `square`, not corrected, are those after the first.
        """
        d = len(weights)
        start = np.r_[weights, np.log(np.maximum(square, np.finfo(float).tiny))]
        found = integrated(
            self._slope,
            None,
            start,
            np.log(steps),
            accuracy=self._ACCURACY,
            most_steps=self._MOST_STEPS,
        )
        kept = []
        for n, state in zip(steps[1:], found[1:], strict=False):
            if not self.share(n, state[:d], np.exp(state[d:])) < self._ROUGH:
                break
            kept.append(state[:d])
        return np.array(kept).reshape(-1, d)

    def _scale(self, n: float, square: Floats) -> Floats:
        return np.asarray(self._rate / (np.sqrt(square / (1 - self._forget**n)) + self._epsilon))

    def _slope(self, log_n: float, state: Floats) -> Floats:
        d = len(state) // 2
        weights, log_square, n = state[:d], state[d:], np.exp(log_n)
        force = self._pull(weights)
        scale = self._scale(n, np.exp(log_square))
        first = scale * force
        change = first + self._lag * scale * self._pull.bent(weights, first)
        with np.errstate(divide="ignore"):  # no pull along a coordinate: its squares are only forgotten
            new = np.exp(2 * np.log(np.abs(force)) - log_square)
        grown = np.log1p((1 - self._forget) * (new - 1))
        return np.asarray(n * np.r_[change, grown])
