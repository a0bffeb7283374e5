"""A study whose examples have no scores: its experiments have figures under headings, and claims."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, ClassVar, Literal

import numpy as np
import plotly.graph_objects as go
import pytest
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.datasets.base import Shape
from backend.datasets.examples import Examples
from backend.figures.style import COLORS, blank, summarize
from backend.studies import STUDIES
from backend.studies.base import (
    Arrays,
    Claim,
    Context,
    Extension,
    FigureInfo,
    FigureView,
    Outcome,
    Paper,
    Related,
    Study,
    StudyParams,
    Unit,
)
from backend.studies.results import Results

VERDICTS = (ClaimVerdict.HOLDS, ClaimVerdict.HOLDS, ClaimVerdict.FAILS, ClaimVerdict.NOT_RUN)


class Part(StrEnum):
    WAVES = "waves"
    STEPS = "steps"


class SketchParams(StudyParams):
    """What to sketch."""

    pixels: Literal["original"] = "original"  # type: ignore[assignment]  # a study need not offer all
    parts: tuple[Part, ...] = Field(
        (Part.WAVES, Part.STEPS),
        min_length=1,
        max_length=2,
        title="Parts",
        description="What is sketched.",
        json_schema_extra={
            "group": "Sketches",
            "labels": {"waves": "Waves", "steps": "Steps by frequency"},
            "notes": {"steps": "A figure with a slider."},
        },
    )
    shares: tuple[float, ...] = Field(
        (0.0, 0.5, 1.0),
        min_length=1,
        max_length=5,
        title="Shares",
        description="How far along.",
        json_schema_extra={"group": "Sketches"},
    )
    repeats: int = Field(1, ge=1, le=9, title="Repeats", description="How often.")


class SketchStudy(Study[SketchParams]):
    """Sines at several shares of their heights."""

    name: ClassVar[str] = "sketches"
    title: ClassVar[str] = "How high are waves?"
    summary: ClassVar[str] = "Draws waves and steps."
    paper: ClassVar[Paper] = Paper(
        "On waves", "A. Author", 1900, "Journal", "https://example.org", "@book{a}"
    )
    figure_infos: ClassVar[tuple[FigureInfo, ...]] = (
        FigureInfo("summary", "All waves", "Every wave there is.", section=""),
        FigureInfo("waves", "Waves", "Their heights.", section="Waves"),
        FigureInfo("steps", "Steps", "One frequency at a time.", section="Steps by frequency"),
        FigureInfo("hidden", "Hidden", "On no page."),
    )
    extension: ClassVar[Extension] = Extension("More repeats", "They repeat.", 1, 1, 5, noun="repeats")
    has_scores: ClassVar[bool] = False
    shows_data_modes: ClassVar[bool] = True
    params: type[SketchParams] = SketchParams
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"quick": {}, "paper": {"repeats": 9}}

    def size_name(self, params: SketchParams) -> str:
        return ""

    def plan(self, params: SketchParams, shape: Shape) -> list[Unit]:
        return [Unit(f"repeat={i}", {"repeat": i}, 1, 0.1) for i in range(params.repeats)]

    def half_width(self, params: SketchParams, shape: Shape) -> None:
        return None

    def extended(self, params: SketchParams, models: int) -> SketchParams:
        return SketchParams.model_validate(params.model_dump() | {"repeats": params.repeats + models})

    def parameters(self, params: SketchParams, shape: Shape) -> Mapping[int, int]:
        return {}

    def disk_bytes(self, units: Any, shape: Shape) -> int:
        return 100 * len(units)

    def notes(self, params: SketchParams, shape: Shape) -> tuple[str, ...]:
        return (f"A wave has {shape.features} numbers.",)

    def deviations(self, params: SketchParams) -> tuple[str, ...]:
        return ()

    def shown(self, params: SketchParams) -> tuple[FigureInfo, ...]:
        left_out = {part.value for part in Part if part not in params.parts}
        return tuple(info for info in self.figure_infos if info.name not in left_out)

    def figures(
        self, results: Results, params: SketchParams, view: FigureView
    ) -> Mapping[str, Callable[[], go.Figure]]:
        height = results.facts.get("height", 0.0)
        draw = {"summary": _waves, "waves": _waves, "steps": _steps, "hidden": _waves}
        return {name: lambda build=build: build(height, params) for name, build in draw.items()}

    def claims(self, results: Results, params: SketchParams) -> tuple[Claim, ...]:
        verdicts = VERDICTS if results.facts else (ClaimVerdict.NOT_RUN,) * len(VERDICTS)
        return tuple(
            Claim(f"claim-{i}", "Waves are high.", "p. 1", "1", None, None, None, verdict, "ours")
            for i, verdict in enumerate(verdicts)
        )

    def related(self, params: SketchParams) -> tuple[Related, ...]:
        return (
            Related("Louder waves", "Nine of them.", "sketches", {"repeats": 9, "parts": params.parts}),
            Related("Scores", "Of digits.", "memorization", {"label_noise": 0.5, "noise": "uniform"}),
        )

    def preview(self, results: Results) -> dict[str, Any] | None:
        if not results.facts:
            return None
        line = {"name": "wave", "color": COLORS["test_accuracy"], "x": [0.0, 0.5, 1.0], "y": [0.1, 0.9, 0.5]}
        dot = {"name": "dot", "color": COLORS["memorization"], "x": [0.25], "y": [0.5]}
        return {"kind": "lines", "x_title": "share", "y_title": "height", "lines": [line, dot]}


def _waves(height: float, params: SketchParams) -> go.Figure:
    figure = blank("Waves", "waves")
    for share in params.shares:
        figure.add_scatter(x=[0, 1, 2], y=[0, share * height, 0], name=f"share {share:g}", mode="lines")
    summarize(figure, f"The highest wave is {height:g} high.")
    return figure


def _steps(height: float, params: SketchParams) -> go.Figure:
    figure = blank("Steps", "steps", xaxis={"title": {"text": "x"}}, yaxis={"title": {"text": "height"}})
    n = len(params.shares)
    for i, share in enumerate(params.shares):
        figure.add_scatter(x=[0, 1], y=[share, height], name="step", mode="lines", visible=i == 0)
    figure.update_layout(
        sliders=[
            {
                "currentvalue": {"prefix": "share: "},
                "steps": [
                    {
                        "label": f"{share:g}",
                        "method": "update",
                        "args": [
                            {"visible": [j == i for j in range(n)]},
                            {"meta.summary": f"It begins at {share:g}."},
                        ],
                    }
                    for i, share in enumerate(params.shares)
                ],
            }
        ]
    )
    summarize(figure, f"It begins at {params.shares[0]:g}.")
    return figure


def run(payload: Mapping[str, Any], params: SketchParams, context: Context) -> Outcome:
    context.progress(1.0)
    return Outcome({"height": np.array([1.0 + payload["repeat"]])}, {"device": "cpu"})


def summarize_units(
    params: SketchParams, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> Results:
    heights = [float(arrays["height"][0]) for _, arrays in units]
    return Results(facts={"height": max(heights)} if heights else {})


@contextmanager
def registered() -> Iterator[None]:
    """Add the study to the registry, with this module as its worker half."""
    module = type(sys)("workers.studies.sketches")
    module.run, module.summarize = run, summarize_units  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, "sketches", SketchStudy())
        patch.setitem(sys.modules, "workers.studies.sketches", module)
        yield
