"""Rademacher complexity: how well classes of functions fit random signs."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from scipy.special import erf

from backend.figures.spread import COLUMNS, Spread
from backend.figures.style import NEUTRAL, SERIES, SYMBOLS, blank, summarize
from backend.networks.architectures import Architecture, title
from backend.studies.kit.figures import Figure, figure
from backend.studies.randomization.facts import Complexity
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.params import Part, has

LINEAR = "linear"
NAMES = {"perceptron": f"{title(Architecture.MLP_1X512)}, trained", LINEAR: "linear, least squares"}


@figure(
    "How well random signs are fit",
    "Mean agreement with random signs: 1 fits them all, 0 is no better than guessing. What reaches 1 can"
    " fit anything, and bounds that use this number then say nothing. Points are means over draws of"
    " signs, bars their range.",
    section="Rademacher complexity",
    of=has(Part.COMPLEXITY),
)
def complexity(evidence: Randomized) -> go.Figure | None:
    """Draw the mean of sigma h over n for each family, with what theory says of linear ones."""
    facts = evidence.facts
    families = dict.fromkeys(found.family for found in facts.complexities)
    if not families:
        return None
    draws = sorted({len(found.values) for found in facts.complexities})
    many = " to ".join(str(count) for count in dict.fromkeys((draws[0], draws[-1])))
    counts = sorted({found.n for found in facts.complexities})
    drawn = blank(
        f"Agreement with random signs · mean of {many} draws, bars: lowest to highest",
        "complexity",
        xaxis={
            "title": {"text": "examples, n"},
            "type": "log",
            "tickvals": counts,
            "ticktext": [f"{n:,}" for n in counts],
        },
        yaxis={"title": {"text": "mean of \N{GREEK SMALL LETTER SIGMA} h"}, "range": [-0.03, 1.08]},
        shapes=[
            {
                "type": "line",
                "xref": "x domain",
                "x0": 0,
                "x1": 1,
                "y0": 1,
                "y1": 1,
                "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
            }
        ],
    )
    said = []
    for number, family in enumerate(families):
        found = sorted((c for c in facts.complexities if c.family == family), key=lambda c: c.n)
        spread, name = Spread.of([c.values for c in found]), NAMES.get(family, family)
        drawn.add_scatter(
            x=[c.n for c in found],
            y=spread.mean,
            error_y=spread.bars(),
            customdata=spread.table,
            meta={"columns": [*COLUMNS[:2], "draws"]},
            mode="lines+markers",
            name=name,
            legendgroup=name,
            line={"color": SERIES[number], "width": 2},
            marker={"symbol": SYMBOLS[number], "size": 8},
            hovertemplate=f"n = %{{x:,}}: %{{y:.3f}}<extra>{name}</extra>",
        )
        said.append(
            f"{name} {spread.mean[0]:.2f} at n = {found[0].n:,} to {spread.mean[-1]:.2f} at {found[-1].n:,}"
        )
    drawn.add_traces(_theory([c for c in facts.complexities if c.family == LINEAR]))
    summarize(drawn, f"Mean agreement with random signs over {many} draws: {'; '.join(said)}.")
    return drawn


def _theory(linear: Sequence[Complexity]) -> list[go.Scatter]:
    """Return to what the agreement of least squares tends for large n and d.

    erf(sqrt(d / (2 (n - d)))), about sqrt(2 d / (pi n)) where n is far above d.
    """
    above = [c for c in linear if c.n > c.d]
    if not above:
        return []
    d, most = max(c.d for c in above), max(c.n for c in above)
    n = np.geomspace(d + 1, max(most, d + 2), 60)
    return [
        go.Scatter(
            x=n,
            y=erf(np.sqrt(d / (2 * (n - d)))),
            mode="lines",
            name=f"theory of linear models, about √(2d / πn), d = {d:,}",
            line={"color": NEUTRAL, "width": 1.5, "dash": "dash"},
            hovertemplate="n = %{x:,.0f}: %{y:.3f}<extra>theory</extra>",
        )
    ]


FIGURES: tuple[Figure, ...] = (complexity,)
