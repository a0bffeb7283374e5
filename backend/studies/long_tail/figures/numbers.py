"""The paper's numbers beside ours."""

import plotly.graph_objects as go

from backend.figures.grid import Cell, Column, Group, Row, value_grid
from backend.figures.style import COLORS, summarize
from backend.studies.kit.figures import Figure, figure
from backend.studies.long_tail.claims.numbers import PRINTED, ours
from backend.studies.long_tail.found import Sampled

GROUPS = {"N = n = 50,000": 5, "Subgroups": 6}  # heading -> how many of PRINTED, in their order
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
    rows = [
        Row(
            printed.statement.rstrip("."),
            [
                Cell(printed.text, facts=(printed.value,)),
                Cell(f"{known[printed.key]:.4g}", facts=(known[printed.key],)),
                Cell(
                    f"{known[printed.key] - printed.value:+.1g}", facts=(known[printed.key] - printed.value,)
                ),
            ],
        )
        for printed in PRINTED
    ]
    parts = iter(rows)
    drawn = value_grid(
        "The paper's examples",
        "numbers",
        groups=("", [Group(name, [next(parts) for _ in range(count)]) for name, count in GROUPS.items()]),
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
