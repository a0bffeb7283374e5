"""Figures of a study: functions of what was found, under their own names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from pydantic import BaseModel, ConfigDict

from backend.figures.style import nothing

NO_RESULTS = "No results yet"


class Controls(BaseModel):
    """Base of what a reader may change in a figure; fields become inputs beside it and part of the URL.

    Every field has a default. A figure without controls has this one. A number whose `json_schema_extra` has
    `"play": True` gets a button that moves it through its range, drawing after drawing.
    """

    model_config = ConfigDict(frozen=True)


# Found, and its controls where it has some; None where there is nothing to draw yet.
Draw = Callable[..., go.Figure | None]


@dataclass(frozen=True)
class Figure:
    """A figure that a study can draw: its name in the URL, its title, and what a reader sees in it.

    `section`: heading of the overview under which it stands; "" at its top, None where another tab shows it.
    `of`: whether an experiment with these parameters has it. `lacking`: what stands in its place while there
    is nothing to draw.
    """

    name: str
    title: str
    description: str
    draw: Draw
    section: str | None = None
    controls: type[Controls] = Controls
    of: Callable[[Any], bool] = lambda _: True
    lacking: str = NO_RESULTS

    def drawn(self, found: Any, controls: Controls | None = None) -> go.Figure:
        """Draw it; a figure that says so where there is nothing to draw yet."""
        asked = () if self.controls is Controls else (controls or self.controls(),)
        return self.draw(found, *asked) or nothing(self.lacking)


def figure(
    title: str,
    description: str,
    section: str | None = None,
    controls: type[Controls] = Controls,
    of: Callable[[Any], bool] = lambda _: True,
    lacking: str = NO_RESULTS,
) -> Callable[[Draw], Figure]:
    """Make a function the figure of its name: it takes `Found`, and the controls where there are some.

    It returns None while there is nothing to draw.
    """

    def made(draw: Draw) -> Figure:
        return Figure(draw.__name__, title, description, draw, section, controls, of, lacking)

    return made
