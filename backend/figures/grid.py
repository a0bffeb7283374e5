"""Values in rows and columns, such as a paper's table with ours beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from backend.figures.style import blank, faded

NOT_RUN = "<i>not run</i>"
NOT_AVAILABLE = "<i>not available</i>"
ROW_PX, LINE_PX = 25, 17
COLUMN_PX, NAMES_PX = 108, 240  # a column of values; the names of rows at their longest


@dataclass(frozen=True)
class Cell:
    """What a cell says, how strongly it is colored (0 to 1, None not at all), its numbers for the table."""

    text: str
    shade: float | None = None
    facts: Sequence[float | str | None] = ()


@dataclass(frozen=True)
class Row:
    """What is printed before the cells of a row; group and name together are its own."""

    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Group:
    """Rows under a common heading."""

    name: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Column:
    """The name of a column, which no other has, and what is printed of it."""

    name: str
    shown: str


def value_grid(
    title: str,
    revision: str,
    *,
    groups: tuple[str, Sequence[Group]],
    columns: tuple[str, Sequence[Column]],
    facts: Sequence[str],
    color: str,
) -> go.Figure:
    """Draw cells as text on shades of a color.

    `groups` and `columns` begin with what their names are; `facts` name the numbers of every cell.
    """
    (names_are, grouped), (columns_are, headed) = groups, columns
    lines = [(group, row) for group in grouped for row in (None, *group.rows)]  # None: the heading
    ys = [group.name if row is None else f"{group.name}, {row.name}" for group, row in lines]
    xs = [column.name for column in headed]
    cells = [
        (x, y, cell)
        for y, (_, row) in zip(ys, lines, strict=True)
        if row is not None
        for x, cell in zip(xs, row.cells, strict=True)
    ]
    above = max(column.shown.count("<br>") for column in headed) + (2 if columns_are else 1)
    top = 44 + LINE_PX * above
    figure = blank(
        title,
        revision,
        height=top + 12 + ROW_PX * len(ys),
        margin={"l": 64, "r": 8, "t": top, "b": 12},
        meta={"least_width": NAMES_PX + COLUMN_PX * len(xs)},
        xaxis={
            **_axis(columns_are, xs, [column.shown for column in headed], [-0.5, len(xs) - 0.5]),
            "side": "top",
            "tickangle": 0,
        },
        yaxis=_axis(
            names_are, ys, ["" if row is None else row.name for _, row in lines], [len(ys) - 0.5, -0.5]
        ),
        annotations=[
            _heading(group.name, y) for y, (group, row) in zip(ys, lines, strict=True) if row is None
        ],
    )
    shades = go.Heatmap(
        x=xs,
        y=ys,
        z=[[None] * len(xs) if row is None else [cell.shade for cell in row.cells] for _, row in lines],
        zmin=0,
        zmax=1,
        colorscale=[[0, faded(color, 0.06)], [1, faded(color, 0.5)]],
        showscale=False,
        xgap=3,
        ygap=2,
        hoverinfo="skip",
    )
    texts = go.Scatter(
        x=[x for x, _, _ in cells],
        y=[y for _, y, _ in cells],
        text=[cell.text for _, _, cell in cells],
        customdata=[list(cell.facts) for _, _, cell in cells],
        meta={"columns": list(facts)},
        mode="text",
        showlegend=False,
        hovertemplate="%{y}<br>%{x}: %{text}<extra></extra>",
    )
    figure.add_traces([shades, texts])
    return figure


def _axis(title: str, names: Sequence[str], shown: Sequence[str], ends: Sequence[float]) -> dict[str, Any]:
    return {
        "title": {"text": title, "standoff": 8},  # else it would cover the longest names
        "type": "category",
        "categoryarray": list(names),
        "tickvals": list(names),
        "ticktext": list(shown),
        "range": list(ends),
        "showgrid": False,
        "ticks": "",
    }


def _heading(text: str, y: str) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>",
        "showarrow": False,
        "xref": "x domain",
        "x": 0,
        "xanchor": "left",
        "y": y,
        "yanchor": "middle",
    }
