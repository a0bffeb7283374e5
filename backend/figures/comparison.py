"""Two scores of the same examples against each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import COLORS, NEUTRAL, blank, faded, summarize

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MOST_POINTS = 2000  # more would hide each other, and take the browser a second to draw
LARGEST, SMALLEST = 30, 5  # diameters of points in pixels
SHADES = 9


@dataclass(frozen=True)
class Compared:
    """Memorization of m examples in a and in b, (m,) each, and which of them moved up or down from a to b.

    edges_a and edges_b are those of cells along either score.
    """

    a: Floats
    b: Floats
    up: Mask
    down: Mask
    edges_a: Floats
    edges_b: Floats

    @property
    def groups(self) -> list[tuple[str, str, Mask]]:
        """Name, color and members: those that did not move first, so that they are drawn below."""
        return [
            ("no clear change", NEUTRAL, ~(self.up | self.down)),
            ("higher in A", COLORS["compared_a"], self.down),
            ("higher in B", COLORS["compared_b"], self.up),
        ]


def compared_scores(compared: Compared, *, title: str, names: tuple[str, str], facts: str) -> go.Figure:
    """Draw b over a: points for all pairs of scores there are, up to `MOST_POINTS`, else counts in cells.

    Scores live on a lattice, so many examples share a point; its area says how many. Names say which models a
    and b are of; `facts` are the numbers that matter, in words.
    """
    points = [
        _Points.of(name, color, compared.a[kept], compared.b[kept]) for name, color, kept in compared.groups
    ]
    dense = sum(len(group.counts) for group in points) > MOST_POINTS
    figure = blank(
        title,
        f"comparison-{title}-{dense}",
        dragmode=False,
        legend={"itemsizing": "constant"},
        xaxis=_axis(compared.edges_a, names[0], COLORS["compared_a"]),
        yaxis=_axis(compared.edges_b, names[1], COLORS["compared_b"]),
    )
    if dense:
        _add_cells(figure, compared)
    else:
        _add_points(figure, points)
    ends = [min(float(compared.edges_a[0]), float(compared.edges_b[0])), 1]
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=ends, y=ends, mode="lines", line=line, showlegend=False, hoverinfo="skip")
    form = "Counts in cells" if dense else "A point for each pair of scores, its area the number of examples"
    summarize(figure, f"{form}: A across, B upwards. {facts}")
    return figure


def _axis(edges: Floats, name: str, color: str) -> dict[str, Any]:
    return {
        "title": {"text": f"<b>memorization in {name}</b>", "font": {"color": color}},
        "range": [min(float(edges[0]), -0.05), 1.05],
    }


@dataclass(frozen=True)
class _Points:
    """The pairs of scores that occur in a group, and how often, (k,) each."""

    name: str
    color: str
    a: Floats
    b: Floats
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, name: str, color: str, a: Floats, b: Floats) -> "_Points":
        # One complex number sorts faster than two columns.
        pairs, counts = np.unique(a + 1j * b, return_counts=True)
        return cls(name, color, pairs.real, pairs.imag, counts)


def _add_points(figure: go.Figure, groups: list[_Points]) -> None:
    most = max(int(group.counts.max(initial=1)) for group in groups)
    for group in groups:
        figure.add_scatter(
            x=group.a,
            y=group.b,
            customdata=group.counts,
            meta={"columns": ["examples"]},
            mode="markers",
            name=f"{group.name} ({group.counts.sum():,})",
            marker={
                "color": faded(group.color, 0.6),
                "line": {"color": group.color, "width": 1},
                "size": group.counts,
                "sizemode": "area",
                "sizeref": 2 * most / LARGEST**2,
                "sizemin": SMALLEST / 2,
            },
            hovertemplate=(
                "A %{x:.3f}<br>B %{y:.3f}<br>%{customdata:,} examples" + f"<extra>{group.name}</extra>"
            ),
        )


def _add_cells(figure: go.Figure, compared: Compared) -> None:
    """Count examples in cells, which have the color of what most of theirs did."""
    rows, columns = len(compared.edges_b) - 1, len(compared.edges_a) - 1
    cell = _codes(compared.b, compared.edges_b) * columns + _codes(compared.a, compared.edges_a)
    members = np.stack([np.bincount(cell[kept], minlength=rows * columns) for *_, kept in compared.groups])
    counts, mostly = members.sum(axis=0), members.argmax(axis=0)
    most = int(counts.max())
    places = np.linspace(0, 1, SHADES).tolist()
    for at, (name, color, _) in enumerate(compared.groups):
        figure.add_heatmap(
            x=_centers(compared.edges_a),
            y=_centers(compared.edges_b),
            z=np.where((mostly == at) & (counts > 0), counts, np.nan).reshape(rows, columns),
            name=f"mostly {name} ({members[at].sum():,})",
            # Counts differ by orders of magnitude: shades go by their logarithm.
            colorscale=[
                [most ** (place - 1) if place else 0, faded(color, 0.15 + 0.85 * place)] for place in places
            ],
            zmin=0,
            zmax=most,
            showscale=False,
            showlegend=True,
            hoverongaps=False,
            hovertemplate=(
                "A about %{x:.2f}<br>B about %{y:.2f}<br>%{z:,} examples" + f"<extra>mostly {name}</extra>"
            ),
        )


def _codes(values: Floats, edges: Floats) -> npt.NDArray[np.int64]:
    return np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)


def _centers(edges: Floats) -> Floats:
    """Return the middles of cells of equal width; the last one may end early, but is drawn as wide."""
    return np.asarray(edges[:-1] + (edges[1] - edges[0]) / 2)
