"""Two-layer ReLU networks f(x) = sum_l a_l relu(w_l . x + b_l) + c: gradients and Lipschitz constants."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TwoLayers:
    """A network, batch norm folded in: weights (d, k), biases (k,), output (k,) and constant."""

    weights: Floats
    biases: Floats
    output: Floats
    constant: float = 0.0

    def values(self, x: Floats) -> Floats:
        """Return f at points (t, d), as (t,)."""
        return np.asarray(np.maximum(x @ self.weights + self.biases, 0) @ self.output + self.constant)

    def gradients(self, x: Floats) -> Floats:
        """Return the gradient of f at points (t, d), as (t, d); at a kink, that of the inactive side."""
        active = (x @ self.weights + self.biases > 0) * self.output
        return np.asarray(active @ self.weights.T)

    def slopes(self, x: Floats) -> Floats:
        """Return the norm of the gradient at points (t, d), as (t,): no Lipschitz constant is below any."""
        return np.asarray(np.linalg.norm(self.gradients(x), axis=1))

    @property
    def upper_bound(self) -> float:
        """|a| ||W||_op, which its Lipschitz constant does not exceed, as |relu'| <= 1."""
        return float(np.linalg.norm(self.output) * np.linalg.norm(self.weights, 2))
