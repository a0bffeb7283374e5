"""Training examples that help each other, by influence and by how alike their pictures are."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from backend.datasets.lookalikes import LOOKED_AT
from backend.figures.style import COLORS, blank, summarize
from backend.scores.peers import helpers
from backend.studies.kit.figures import figure
from backend.studies.kit.found import Found
from backend.studies.scored.rows import selected_row

MOST = 2000  # pairs that are drawn
SPREAD = 0.5  # of points of one rank


@figure(
    "Influence of training examples on each other, by how alike they look",
    "One point for each pair of training examples of which one helps the other for certain, in models that"
    " held that one out. The rank says which of the training pictures nearest to the helped one its helper"
    " is; points of one rank are spread. Of near-duplicates neither counts as memorized: a model that lacks"
    " one has seen the other.",
    lacking="No training example is known to help another one",
)
def peers(found: Found[Any, Any]) -> go.Figure | None:
    """Draw influence over the rank by pixels, with equal and with different labels."""
    scores, kinds, near = found.results.scores, found.results.influence, found.results.lookalikes
    if scores is None or kinds is None or kinds.train_helpers is None or near is None:
        return None
    row = selected_row(scores, found.selected)
    every = helpers(kinds.train_helpers[row], near)
    if len(every.helper) == 0:
        return None
    pairs = every[np.arange(min(len(every.helper), MOST))]
    rank = np.where(pairs.rank > 0, pairs.rank, LOOKED_AT + 1)
    x = rank + SPREAD * (np.arange(len(rank)) * 0.618 % 1 - 0.5)  # the golden ratio spreads evenly
    same = scores.labels[pairs.helper] == scores.labels[pairs.helped]
    drawn = blank(
        f"{len(every.helper):,} pairs of training examples at {found.size_name} {scores.sizes[row]:,}",
        f"peers-{scores.sizes[row]}",
        xaxis={
            "title": {"text": "rank of the helper by nearness"},
            "tickvals": list(range(1, LOOKED_AT + 2)),
            "ticktext": [*map(str, range(1, LOOKED_AT + 1)), ">10"],
            "range": [0.4, LOOKED_AT + 1.6],
        },
        yaxis={"title": {"text": "influence"}, "rangemode": "tozero"},
    )
    for name, which, role in (("same label", same, "memorization"), ("another label", ~same, "flipped")):
        drawn.add_scatter(
            x=np.round(x[which], 3),
            y=np.round(pairs.influence[which], 6),
            customdata=np.column_stack([pairs.helper, pairs.helped])[which],
            meta={"columns": ["helper", "helped"]},
            name=name,
            mode="markers",
            marker={"color": COLORS[role], "opacity": 0.6},
            hovertemplate="%{customdata[0]} helps %{customdata[1]}<br>influence %{y:.2f}<extra></extra>",
        )
    first, far = int((every.rank == 1).sum()), int((every.rank == 0).sum())
    summarize(
        drawn,
        f"Of {len(every.helper):,} pairs the helper is the nearest picture in {first:,}, and none of the"
        f" {LOOKED_AT} nearest in {far:,}; {int(every.near.sum()):,} are near-duplicates by pixels."
        + (f" Drawn are the {MOST:,} with most influence." if len(every.helper) > MOST else ""),
    )
    return drawn
