"""A model that costs little beside a network: kernel ridge regression on the pixels.

What it answers depends on its subset alone, so it can be asked about any number of subsets on which no
network was trained. A network on the same subset errs in a similar way: how the surrogate's answers on the
trained subsets differ from those on all others tells by how much the network's are off by chance. That is a
control variate (Glasserman 2003, section 4.1) of scores from margins.

The inverse of the whole kernel matrix is computed once. Leaving examples out of it takes a system of as many
equations as are held out (block-wise inversion), not one of as many as are trained on.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

Floats = npt.NDArray[np.float64]

GAMMA = 0.32  # of the Gaussian kernel, over the number of inputs
RIDGE = 0.1
SURROGATE_UNIT = 1 / 4096  # of kept margins: whole numbers add up to the same in any order
FURTHER = 1000  # subsets on which no network is trained
FIRST_FURTHER = 1_000_000  # number of the first of them in the stream of subsets
MOST_EXAMPLES = 3000  # whose kernel matrix is inverted within seconds


@dataclass(frozen=True)
class Surrogate:
    """Kernel ridge regression on n examples with C classes.

    kernel: (n, n); inverse: (n, n), of the kernel with the ridge; weights: (n, C) of the model of all
    examples; labels: (n,) those trained on.
    """

    kernel: Floats
    inverse: Floats
    weights: Floats
    labels: npt.NDArray[np.int64]

    @classmethod
    def of(cls, x: Floats, labels: npt.NDArray[np.int64], classes: int) -> "Surrogate":
        """Prepare it for inputs x (n, d) of about variance 1 and labels (n,)."""
        square = np.einsum("ij,ij->i", x, x)
        distance = square[:, None] + square - 2 * x @ x.T
        kernel = np.exp(-np.maximum(distance, 0) * (GAMMA / x.shape[1]))
        inverse = np.asarray(cho_solve(cho_factor(kernel + RIDGE * np.eye(len(x))), np.eye(len(x))))
        targets = np.eye(classes)[labels] - 1 / classes
        return cls(kernel, inverse, inverse @ targets, labels)

    def margins(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
        """Return (n,) the label's output less the largest other, in units, of the model on a mask (n,)."""
        out = np.flatnonzero(~mask)
        missing = cho_solve(cho_factor(self.inverse[np.ix_(out, out)]), self.weights[out])
        weights = self.weights - self.inverse[:, out] @ missing
        weights[out] = 0
        outputs = self.kernel @ weights
        rows = np.arange(len(outputs))
        own = outputs[rows, self.labels].copy()
        outputs[rows, self.labels] = -np.inf
        return np.asarray(np.rint((own - outputs.max(axis=1)) / SURROGATE_UNIT), np.int32)
