"""Examples by two numbers as counts in cells, where points would hide each other."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.style import COLORS, faded

Floats = npt.NDArray[np.float64]

# Counts differ by orders of magnitude: every tenth of the largest one gets a shade of its own.
_SHADES = [(0, 0.15), (0.01, 0.35), (0.1, 0.65), (1, 1)]


def cells(x: Floats, y: Floats, x_edges: Floats, y_edges: Floats, names: tuple[str, str]) -> go.Heatmap:
    """Return the counts of examples (m,) in cells between edges; `names` are those of x and y on hovering."""
    counts = np.histogram2d(y, x, bins=(y_edges, x_edges))[0]
    return go.Heatmap(
        x=(x_edges[:-1] + x_edges[1:]) / 2,
        y=(y_edges[:-1] + y_edges[1:]) / 2,
        z=np.where(counts > 0, counts, np.nan),
        colorscale=[[place, faded(COLORS["memorization"], alpha)] for place, alpha in _SHADES],
        zmin=0,
        colorbar={"title": {"text": "examples"}, "thickness": 12, "outlinewidth": 0},
        hovertemplate=f"{names[0]} about %{{x:.2f}}<br>{names[1]} about %{{y:.2f}}<br>%{{z:,}} examples"
        "<extra></extra>",
    )
