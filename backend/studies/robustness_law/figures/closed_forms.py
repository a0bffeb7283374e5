"""Networks that are written down: their Lipschitz constants beside the formulas."""

import numpy as np
import plotly.graph_objects as go

from backend.figures.curves import line, short_log_axis
from backend.figures.spread import COLUMNS, Spread, runs_told
from backend.figures.style import SERIES, SYMBOLS, blank, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.robustness_law.facts import Kind
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import grouped
from backend.studies.robustness_law.params import Part, has

NAMES = {
    Kind.LINEAR: "linear, k = 1",
    Kind.CAPS: "caps, k = n",
    Kind.QUADRATIC: "quadratic, k = d",
}


@figure(
    "Networks known in closed form",
    "Nobody trains these: they are written down for examples at hand. Dots are measured on draws, lines are"
    " the formulas. One unit is steep and ends where n reaches d; one cap for each example stays at 10"
    " whatever n; the quadratic network of d units grows as √n, as the law says.",
    section="Networks known in closed form",
    of=has(Part.CONSTRUCTIONS),
)
def constructions(found: Lawful) -> go.Figure | None:
    built = found.facts.constructions
    if not built:
        return None
    drawn = blank(
        f"Lipschitz constants over n · {runs_told([len({one.draw for one in built})], 'bars')}",
        "constructions",
        xaxis=short_log_axis("examples n"),
        yaxis=short_log_axis("Lipschitz constant"),
    )
    said = []
    for place, (kind, name) in enumerate(NAMES.items()):
        by = grouped([one for one in built if one.kind is kind], lambda one: one.n)
        if not by:
            continue
        spread = Spread.of([[one.lipschitz for one in same] for same in by.values()])
        expected = [same[0].expected for same in by.values()]
        drawn.add_trace(line(f"{name}: formula", list(by), expected, SERIES[place]))
        drawn.add_scatter(
            x=list(by),
            y=spread.mean,
            name=name,
            mode="markers",
            marker={"color": SERIES[place], "symbol": SYMBOLS[place], "size": 9},
            error_y=spread.bars(),
            customdata=spread.table,
            meta={"columns": COLUMNS},
        )
        said.append(f"{name}: {np.abs(spread.mean / expected - 1).max():.1%} off at most")
    summarize(drawn, f"{'; '.join(said)}.")
    return drawn


FIGURES: tuple[Figure, ...] = (constructions,)
