"""The information bottleneck of a coin: how much about a label can be kept in so many bits about the input.

min I(X;T) - beta I(T;Y) over p(t|x) (Tishby, Pereira & Bialek 1999), by Blahut and Arimoto's alternation for
all beta at once. Inputs with the same p(y = 1|x) are one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.statistics.information import binary_entropy

CLUSTERS = 16  # of T at most; a label of two classes needs few
ROUNDS = 250
BETAS = np.geomspace(1.01, 1000, 40)
_LEAST = 1e-300

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bottleneck:
    """Points of the bound, in bits: I(X;T) and I(T;Y) (B,), ascending, from nothing kept to everything."""

    of_input: Floats
    of_label: Floats

    def bound(self, of_input: Floats | float) -> Floats:
        """Return the most that so many bits about the input can tell about the label, elementwise."""
        return np.asarray(np.interp(of_input, self.of_input, self.of_label))

    def beta(self, of_input: float) -> float:
        """Return 1 / slope of the bound there: the exchange rate at which it is optimal; infinite on top."""
        place = int(np.searchsorted(self.of_input, of_input))
        if place >= len(self.of_input):
            return float("inf")
        rise = np.diff(self.of_label[max(place - 1, 0) : place + 1]).sum()
        run = np.diff(self.of_input[max(place - 1, 0) : place + 1]).sum()
        return float(run / rise) if rise > 0 else float("inf")


def bottleneck(chances: Floats) -> Bottleneck:
    """Return the bound for inputs that are equally likely and have label 1 with these `chances` (P,)."""
    distinct, counts = np.unique(np.round(chances, 9), return_counts=True)
    weights = counts / counts.sum()
    kept = _assignments(distinct, weights)
    shares = np.einsum("x,bxt->bt", weights, kept)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = kept * np.log2(np.maximum(kept, _LEAST) / np.maximum(shares[:, None], _LEAST))
    of_input = np.einsum("x,bxt->b", weights, terms)
    ones = np.einsum("x,bxt,x->bt", weights, kept, distinct) / np.maximum(shares, _LEAST)
    whole = float(binary_entropy(np.array(weights @ distinct)))
    of_label = whole - (shares * binary_entropy(np.clip(ones, 0, 1))).sum(axis=1)
    least = -float(weights @ np.log2(weights))  # of an input's class of equal chances: everything
    most = whole - float(weights @ binary_entropy(distinct))
    x = np.concatenate([[0.0], of_input, [least]])
    y = np.concatenate([[0.0], of_label, [most]])
    order = np.lexsort((y, x))
    return _hull(x[order], y[order])


def _assignments(chances: Floats, weights: Floats) -> Floats:
    """Return p(t|x) (B, m, T) for every beta after all rounds."""
    count = min(len(chances), CLUSTERS)
    spread = np.minimum((np.cumsum(weights) - weights / 2) * count, count - 1e-9).astype(int)
    if len(chances) <= CLUSTERS:
        spread = np.arange(len(chances))
    start = np.full((len(chances), count), 0.1 / count)
    start[np.arange(len(chances)), spread] += 0.9
    kept = np.broadcast_to(start / start.sum(axis=1, keepdims=True), (len(BETAS), *start.shape)).copy()
    p = np.clip(chances, 1e-12, 1 - 1e-12)
    for _ in range(ROUNDS):
        shares = np.maximum(weights @ kept, _LEAST)  # (B, T)
        ones = np.clip((weights * p) @ kept / shares, 1e-12, 1 - 1e-12)[:, None]
        # KL of a pattern's label and a cluster's, in nats, but for what does not depend on t
        divergence = -(p[:, None] * np.log(ones) + (1 - p[:, None]) * np.log1p(-ones))
        logits = np.log(shares)[:, None] - BETAS[:, None, None] * divergence
        logits -= logits.max(axis=2, keepdims=True)
        kept = np.exp(logits)
        kept /= kept.sum(axis=2, keepdims=True)
    return kept


def _hull(x: Floats, y: Floats) -> Bottleneck:
    """Return the points on the upper hull: the bound is concave, and mixing two points is allowed."""
    kept: list[int] = []
    for place in range(len(x)):
        while len(kept) > 1:
            one, two = kept[-2:]
            if (y[two] - y[one]) * (x[place] - x[one]) > (y[place] - y[one]) * (x[two] - x[one]):
                break
            kept.pop()
        if kept and x[place] - x[kept[-1]] < 1e-12:
            kept[-1] = kept[-1] if y[kept[-1]] >= y[place] else place
        else:
            kept.append(place)
    rising = [place for at, place in enumerate(kept) if at == 0 or y[place] > y[kept[at - 1]]]
    return Bottleneck(x[rising], y[rising])
