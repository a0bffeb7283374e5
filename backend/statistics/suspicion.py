"""How suspect a label is, by what models expect of its example over their training.

What is averaged matters more than how many models there are. A wrong label is learned late, and only by
models that have the example, so probabilities are averaged over epochs from the first on, not taken at the
end, and over all models: those that have an example still contradict its label early on. And the label is
held against the strongest other class as a share of both. A plain difference ranks examples that models
know nothing of below those that they take for something else; where wrong labels are any of the other
classes, it is the former that are wrong. The probability of the label alone, the other way round, cannot
tell an example that is confused with one class from one that is merely unusual.
"""

import numpy as np
import numpy.typing as npt


def suspicion(
    expected: npt.NDArray[np.floating] | npt.NDArray[np.integer], labels: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return (n,) by how much more is expected of another class than of the label, as a share of both.

    expected: (n, classes) sums of probabilities, in any unit; labels: (n,). From -1 to 1, above 0 where
    another class is expected rather; NaN where neither is.
    """
    rows = np.arange(len(labels))
    own = expected[rows, labels].astype(np.float64)
    others = expected.astype(np.float64)
    others[rows, labels] = -np.inf
    other = others.max(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((other - own) / (other + own))
