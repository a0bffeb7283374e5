"""Panels in rows and columns: their axes, titles and room above, as one layout that a figure gets at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Axis = dict[str, Any]

TITLE_PX = 17  # a line of a panel's title
TICKS_PX = 30  # of two tick labels around a gap
MARGIN = {"l": 64, "r": 16, "t": 64, "b": 56}  # above: the figure's title, and its legend


@dataclass(frozen=True)
class Panels:
    """One panel per column title and row; rows have relative `heights`, the first one on top.

    `gap` lies between columns and `row_gap` between rows, as shares of width and height; without a `gap`, the
    last tick label of a panel and the first one of the next have room. A panel is at least `least_px` wide,
    else the page scrolls. All panels and margins together are `height` pixels high.
    """

    titles: Sequence[str]
    height: int
    heights: Sequence[float] = (1,)
    gap: float | None = None
    row_gap: float = 0.06
    least_px: int = 200

    def at(self, row: int, column: int) -> dict[str, str]:
        """Return the axes of a panel, for a trace."""
        number = row * len(self.titles) + column
        return {"xaxis": _name("x", number), "yaxis": _name("y", number)}

    def layout(self, x: Sequence[Axis], y: Sequence[Sequence[Axis]]) -> dict[str, Any]:
        """Return the layout of all panels.

        `x` has one axis for all columns or one for each, which rows share. `y` has the same for each row: one
        axis that all panels of the row share, or one for each.
        """
        rows, columns = len(self.heights), len(self.titles)
        layout: dict[str, Any] = {
            "height": self.height,
            "margin": MARGIN,
            "meta": {
                "least_width": MARGIN["l"] + MARGIN["r"] + columns * self.least_px if columns > 1 else 0
            },
            "annotations": [
                _heading(title, sum(across) / 2, self._top)
                for title, across in zip(self.titles, self._across(), strict=True)
                if title
            ],
        }
        for row, upwards in enumerate(self._upwards()):
            for column, across in enumerate(self._across()):
                place = self.at(row, column)
                below, left = self.at(rows - 1, column)["xaxis"], self.at(row, 0)["yaxis"]
                shared = column > 0 and len(y[row]) == 1
                axis_x, axis_y = x[column % len(x)], y[row][column % len(y[row])]
                layout[_key(place["xaxis"])] = {
                    **(axis_x if row == rows - 1 else _matching(axis_x, below)),
                    "domain": across,
                    "anchor": place["yaxis"],
                }
                layout[_key(place["yaxis"])] = {
                    **(_matching(axis_y, left) if shared else axis_y),
                    "domain": upwards,
                    "anchor": place["xaxis"],
                }
        return layout

    @property
    def _top(self) -> float:
        """Where the panels end above: their titles stand there, below a legend however high it is."""
        lines = max(title.count("<br>") + 1 if title else 0 for title in self.titles)
        return 1 - (TITLE_PX * lines + 4) / (self.height - MARGIN["t"] - MARGIN["b"])

    def _across(self) -> list[list[float]]:
        columns = len(self.titles)
        return _domains(
            [1.0] * columns, TICKS_PX / (columns * self.least_px) if self.gap is None else self.gap
        )

    def _upwards(self) -> list[list[float]]:
        from_below = _domains(list(reversed(self.heights)), self.row_gap)
        return [[low * self._top, high * self._top] for low, high in reversed(from_below)]


def _domains(sizes: Sequence[float], gap: float) -> list[list[float]]:
    """Return where parts of those relative sizes stand between 0 and 1."""
    share = (1 - gap * (len(sizes) - 1)) / sum(sizes)
    starts = [sum(sizes[:place]) * share + gap * place for place in range(len(sizes))]
    return [[start, min(start + size * share, 1.0)] for start, size in zip(starts, sizes, strict=True)]


def _matching(axis: Axis, other: str) -> Axis:
    """Return an axis that goes with another one, which carries its title and labels."""
    return {**{key: value for key, value in axis.items() if key != "title"}, "matches": other} | {
        "showticklabels": False
    }


def _heading(title: str, x: float, y: float) -> dict[str, Any]:
    return {
        "text": title,
        "showarrow": False,
        "font": {"size": 12},
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": "center",
        "yanchor": "bottom",
    }


def _name(letter: str, number: int) -> str:
    return letter if number == 0 else f"{letter}{number + 1}"


def _key(name: str) -> str:
    """Return what the layout calls the axis that traces call by that name."""
    return f"{name[0]}axis{name[1:]}"
