"""Numbers that papers have published or released, beside an experiment's own.

Of Feldman & Zhang 2020: histograms of their project's page, counted from its drawings, and curves of Fig. 7
read from the plots. Of Jiang et al. 2021: the released C-scores of CIFAR-10 and CIFAR-100.
"""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import COLORS, SERIES, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.memorization.found import Memorized
from backend.studies.scored.rows import kept, selected_row

Floats = npt.NDArray[np.float64]

SECTION = "Beside published numbers"

# Examples in 18 equal bins of memorization from 0 to 1, and from -0.0076 to 1.
CIFAR100 = (
    24370,
    3116,
    2131,
    1621,
    1433,
    1279,
    1118,
    1079,
    974,
    924,
    912,
    933,
    930,
    961,
    1013,
    1198,
    1470,
    4538,
)
IMAGENET = (
    625280, 86290, 57300, 45673, 39610, 36307, 34651, 33996, 33598, 34181, 34677, 36015, 37074, 37341, 36413,
    33235, 25919, 13607,
)  # fmt: skip
LOWEST_IMAGENET = -0.0076
BINS = 18
# Shares of examples by tenths of the C-score from 0 to 1, the mean over nine subset fractions.
C_SCORES = {
    "CIFAR-10": (0.017, 0.016, 0.018, 0.020, 0.026, 0.037, 0.062, 0.156, 0.637, 0.012),
    "CIFAR-100": (0.123, 0.073, 0.065, 0.065, 0.069, 0.076, 0.090, 0.115, 0.166, 0.158),
}
# Jaccard's index of the sets memorized by another network and by ResNet-50, CIFAR-100, by threshold.
JACCARD = {
    "ResNet-50 again, 2,000 models each": {0.2: 0.975, 0.9: 0.95, 1.0: 0.68},
    "ResNet-18": {0.2: 0.855, 0.9: 0.77, 1.0: 0.54},
    "Inception": {0.2: 0.76, 0.9: 0.66, 1.0: 0.30},
    "DenseNet-100": {0.2: 0.725, 0.9: 0.66, 1.0: 0.31},
}


@figure(
    "Scores beside those of Feldman & Zhang 2020",
    "Share of examples in 18 equal bins of the score, at the selected size, and what Feldman & Zhang"
    " released for CIFAR-100 and ImageNet (ResNet-50, 4,000 and 2,000 models). Scores below 0 count in the"
    " lowest bin.",
    section=SECTION,
)
def published_histograms(found: Memorized) -> go.Figure | None:
    """Draw our shares as bars, the released ones as lines."""
    scores = found.results.scores
    if scores is None or not scores.scored_sizes:
        return None
    row = selected_row(scores, found.selected)
    values = scores.memorization[row][kept(scores, found.selected)]
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return None
    ours = np.histogram(np.clip(values, 0, 1), BINS, (0, 1))[0] / len(values)
    edges = np.linspace(0, 1, BINS + 1)
    drawn = blank(
        f"Memorization at {found.size_name} {scores.sizes[row]:,} and in Feldman & Zhang 2020",
        f"published-histograms-{scores.sizes[row]}",
        xaxis={"title": {"text": "memorization score"}},
        yaxis={"title": {"text": "share of examples"}, "tickformat": ".0%"},
        bargap=0.04,
    )
    middles = np.round((edges[1:] + edges[:-1]) / 2, 9)
    drawn.add_bar(x=middles, y=ours, name="here", marker={"color": COLORS["memorization"]})
    for name, counts, lowest, color in (
        ("CIFAR-100", CIFAR100, 0.0, SERIES[0]),
        ("ImageNet", IMAGENET, LOWEST_IMAGENET, SERIES[2]),
    ):
        bounds = np.linspace(lowest, 1, BINS + 1)
        middles = np.round((bounds[1:] + bounds[:-1]) / 2, 9)
        drawn.add_trace(_released(name, middles, np.array(counts) / sum(counts), color))
    summarize(
        drawn,
        f"Of {len(values):,} scores here {ours[0]:.0%} lie in the lowest and {ours[-1]:.0%} in the highest of"
        f" 18 bins; released: {CIFAR100[0] / sum(CIFAR100):.0%} and {CIFAR100[-1] / sum(CIFAR100):.0%} on"
        f" CIFAR-100, {IMAGENET[0] / sum(IMAGENET):.0%} and {IMAGENET[-1] / sum(IMAGENET):.0%} on ImageNet.",
    )
    return drawn


def _released(name: str, x: Floats, shares: Floats, color: str) -> go.Scatter:
    style = {"color": color, "width": 2}
    return go.Scatter(x=x, y=shares, name=f"{name}, released", mode="lines+markers", line=style)


@figure(
    "Held-out accuracy beside published C-scores",
    "Share of examples by how often models that had not seen them are right, which is the C-score at one"
    " subset fraction. The released scores of Jiang et al. 2021 average nine fractions from 10 % to 90 %, so"
    " that they lie lower.",
    section=SECTION,
)
def consistency(found: Memorized) -> go.Figure | None:
    """Draw our shares by tenths at the selected size as bars, those of the released files as lines."""
    scores = found.results.scores
    if scores is None or not scores.scored_sizes:
        return None
    row = selected_row(scores, found.selected)
    keep = kept(scores, found.selected) & (scores.n_out[row] > 0)
    if not keep.any():
        return None
    values = scores.k_out[row][keep] / scores.n_out[row][keep]
    ours = np.histogram(values, 10, (0, 1))[0] / len(values)
    drawn = blank(
        f"Held-out accuracy at {found.size_name} {scores.sizes[row]:,} and published C-scores",
        f"consistency-{scores.sizes[row]}",
        xaxis={"title": {"text": "held-out accuracy of an example, C-score"}},
        yaxis={"title": {"text": "share of examples"}, "tickformat": ".0%"},
        bargap=0.04,
    )
    middles = np.round(np.arange(10) / 10 + 0.05, 9)
    drawn.add_bar(x=middles, y=ours, name="here", marker={"color": COLORS["heldout_accuracy"]})
    for (name, shares), color in zip(C_SCORES.items(), SERIES[::2], strict=False):
        drawn.add_trace(_released(name, middles, np.array(shares), color))
    summarize(
        drawn,
        f"Here the mean is {values.mean():.2f}, {ours[0]:.0%} of the examples lie in the lowest tenth and"
        f" {ours[-1]:.0%} in the highest. Released: 2% and 1% on CIFAR-10, whose highest score is .915, 12%"
        " and 16% on CIFAR-100.",
    )
    return drawn
