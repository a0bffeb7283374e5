"""The paper's numbers beside ours."""

import plotly.graph_objects as go

from backend.figures.grid import Cell, Column, Group, Row, value_grid
from backend.figures.style import COLORS, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.long_tail.claims.numbers import PRINTED, ours
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.numbers import SUBGROUPS

GROUPS = {  # heading -> what the rows of PRINTED are called, which are too long for a table
    "N = n = 50,000": {
        "scaled_tau": "worth of a point seen once, n tau_1",
        "least_frequency": "frequency of the rarest point, times n",
        "singletons": "samples whose point is seen once",
        "opt": "smallest possible error",
        "excess": "price of fitting no point seen once",
    },
    "Subgroups, ten classes": {
        f"subgroup_{number}_{key}": f"N = {points:,}, n = {n:,}: {name}"
        for number, (points, n) in enumerate(SUBGROUPS, 1)
        for key, name in (("opt", "smallest"), ("cost", "limit 1/2"))
    },
}
COLUMNS = ("paper", "ours", "difference")


@figure(
    "The paper's numbers",
    "Eleven numbers that the paper gives as examples, all of Zipf's law with exponent 1 and ten classes, and"
    " what its formulas give when we compute them. No training and no chance is involved.",
    section="",
)
def numbers(found: Sampled) -> go.Figure | None:
    """Draw a table: paper, ours, difference."""
    known = ours(found)
    if not known:
        return None
    rows = {
        printed.key: [
            Cell(printed.text, facts=(printed.value,)),
            Cell(f"{(value := known[printed.key]):.5g}", facts=(value,)),
            Cell(f"{value - printed.value:+.1g}", facts=(value - printed.value,)),
        ]
        for printed in PRINTED
    }
    drawn = value_grid(
        "The paper's examples",
        "numbers",
        groups=(
            "",
            [
                Group(heading, [Row(name, rows[key]) for key, name in names.items()])
                for heading, names in GROUPS.items()
            ],
        ),
        columns=("", [Column(name, name) for name in COLUMNS]),
        facts=["value"],
        color=COLORS["memorization"],
    )
    worst = max(abs(known[printed.key] - printed.value) / printed.digit for printed in PRINTED)
    summarize(
        drawn,
        f"{len(PRINTED)} numbers; the farthest is {worst:.2f} units of the paper's last digit away.",
    )
    return drawn


FIGURES: tuple[Figure, ...] = (numbers,)
