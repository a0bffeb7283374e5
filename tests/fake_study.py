"""Studies of the tests: one whose examples have no scores, one without data, one with further columns."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import pytest
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.datasets.base import Shape
from backend.datasets.examples import Examples
from backend.figures.style import COLORS, blank, summarize
from backend.scores.answers import Answers
from backend.scores.columns import Column
from backend.scores.scores import Scores
from backend.studies import STUDIES
from backend.studies.kit.cases import Case, Cases, Picture
from backend.studies.kit.departures import Departures
from backend.studies.kit.facts import Facts
from backend.studies.kit.figures import Controls, Figure, figure
from backend.studies.kit.findings import Finding, Measurement, above, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.studies.kit.paper import Paper
from backend.studies.kit.params import OnExperiment, OnImages
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.kit.scores import Accuracies, Scored
from backend.studies.kit.study import Extension, Pictured, Plan, Related, Study
from backend.studies.kit.units import Unit
from backend.studies.scored.figures import FIGURES as SCORED_FIGURES

VERDICTS = (ClaimVerdict.HOLDS, ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS, ClaimVerdict.NOT_RUN)


class Part(StrEnum):
    WAVES = "waves"
    STEPS = "steps"


class SketchParams(OnImages):
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


class SketchFacts(Facts):
    """How high the highest wave is."""

    height: float | None = None


Sketched = Found[SketchParams, SketchFacts]


class WaveControls(Controls):
    """How waves are drawn."""

    frequency: int = Field(
        1,
        ge=1,
        le=9,
        title="Frequency",
        description="waves from end to end",
        json_schema_extra={"play": True},
    )


@figure("All waves", "Every wave there is.", section="")
def summary(found: Sketched) -> go.Figure | None:
    return _waves(found)


@figure(
    "Waves",
    "Their heights.",
    section="Waves",
    controls=WaveControls,
    of=lambda params: Part.WAVES in params.parts,
)
def waves(found: Sketched, controls: WaveControls) -> go.Figure | None:
    return _waves(found, controls.frequency)


def _waves(found: Sketched, frequency: int = 1) -> go.Figure | None:
    height = found.facts.height
    if height is None:
        return None
    drawn = blank(f"Waves, {frequency} from end to end", "waves")
    for share in found.params.shares:
        drawn.add_scatter(x=[0, 1, 2], y=[0, share * height, 0], name=f"share {share:g}", mode="lines")
    summarize(drawn, f"The highest wave is {height:g} high.")
    return drawn


@figure(
    "Steps",
    "One frequency at a time.",
    section="Steps by frequency",
    of=lambda params: Part.STEPS in params.parts,
)
def steps(found: Sketched) -> go.Figure | None:
    height, shares = found.facts.height, found.params.shares
    if height is None:
        return None
    drawn = blank("Steps", "steps", xaxis={"title": {"text": "x"}}, yaxis={"title": {"text": "height"}})
    n = len(shares)
    for i, share in enumerate(shares):
        drawn.add_scatter(x=[0, 1], y=[share, height], name="step", mode="lines", visible=i == 0)
    drawn.update_layout(
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
                    for i, share in enumerate(shares)
                ],
            }
        ]
    )
    summarize(drawn, f"It begins at {shares[0]:g}.")
    return drawn


@figure("Hidden", "On no page.")
def hidden(found: Sketched) -> go.Figure | None:
    return _waves(found)


def _claim(number: int, verdict: ClaimVerdict) -> Finding:
    def measure(found: Sketched) -> Measurement:
        height = found.facts.height
        if height is None or verdict is ClaimVerdict.NOT_RUN:
            return not_run("needs a wave")
        note = "Seen from the shore."
        return Measurement(verdict, note=note, answer=f"the highest wave is {height:g} m high")

    return Finding(
        f"claim-{number}",
        "Waves are high.",
        "p. 1",
        "1",
        "m",
        measure,
        question="High waves?",
        rule="Holds if the highest wave is above 1 m, differs if it is below.",
    )


class TideParams(LabParams):
    """Sliders of the tides."""

    moon: float = Field(1.0, ge=0.1, le=10, title="Moon", description="Its mass, ours being 1.")
    shore: Literal["flat", "steep"] = Field("flat", title="Shore", description="How it falls.")
    days: int = Field(2, ge=1, le=30, title="Days", description="How many are shown.")


def tides(params: TideParams) -> dict[str, Any]:
    hours = np.linspace(0, 24 * params.days, 200)
    steepness = 1.0 if params.shore == "flat" else 0.5
    return {"hours": hours, "level": params.moon * steepness * np.cos(hours / 12.42 * 2 * np.pi)}


@figure("Level of the sea", "Over the hours.")
def level(found: Found[TideParams, dict[str, Any]]) -> go.Figure:
    drawn = blank("Level of the sea", "level", xaxis={"title": {"text": "hour"}})
    drawn.add_scatter(x=found.facts["hours"], y=found.facts["level"], name="sea", mode="lines")
    summarize(drawn, f"The sea rises to {found.params.moon:g}.")
    return drawn


def _high(found: Found[TideParams, dict[str, Any]]) -> Measurement:
    top = float(found.facts["level"].max())
    return Measurement(above(0.5, top, top), top, answer=f"the sea rises to {top:g} m")


def _extended(params: SketchParams, more: int) -> SketchParams:
    return SketchParams.model_validate(params.model_dump() | {"repeats": params.repeats + more})


def _plan(params: SketchParams, shape: Shape) -> list[Unit]:
    return [Unit(f"repeat={i}", {"repeat": i}, 1, 0.1, 100) for i in range(params.repeats)]


def _related(params: SketchParams) -> tuple[Related, ...]:
    return (
        Related("Louder waves", "Nine of them.", "sketches", {"repeats": 9, "parts": params.parts}),
        Related("Scores", "Of digits.", "memorization", {"label_noise": 0.5, "noise": "uniform"}),
    )


def _preview(found: Sketched) -> dict[str, Any] | None:
    if found.facts.height is None:
        return None
    line = {"name": "wave", "color": COLORS["test_accuracy"], "x": [0.0, 0.5, 1.0], "y": [0.1, 0.9, 0.5]}
    dot = {"name": "dot", "color": COLORS["memorization"], "x": [0.25], "y": [0.5]}
    return {"kind": "lines", "x_title": "share", "y_title": "height", "lines": [line, dot]}


FIGURES: tuple[Figure, ...] = (summary, waves, steps, hidden)

STUDY = Study(
    name="sketches",
    title="How high are waves?",
    question="And why?",
    summary="Draws waves and steps.",
    paper=Paper("On waves", ("A. Author",), 1900, "Journal", "https://example.org", kind="article"),
    params=SketchParams,
    presets={"quick": {}, "paper": {"repeats": 9}},
    plan=Plan(_plan, counted="waves"),
    facts=SketchFacts,
    departures=Departures(SketchParams(), scope=lambda _: ("Lakes are not run",)),
    figures=FIGURES,
    findings=tuple(_claim(i, verdict) for i, verdict in enumerate(VERDICTS)),
    labs=(
        Lab(
            "tides",
            "Tides",
            "What the moon does to the sea.",
            TideParams,
            tides,
            (level,),
            (
                Finding(
                    "high",
                    "Tides are high.",
                    "p. 2",
                    "1 m",
                    "m",
                    _high,
                    question="High tides?",
                    rule="Holds if the sea rises above 0.5 m, differs if it stays below.",
                ),
            ),
        ),
    ),
    extension=Extension("More repeats", "They repeat.", 1, 1, 5, _extended, noun="repeats"),
    related=_related,
    notes=lambda _, shape: (f"A wave has {shape.features} numbers.",),
    preview=_preview,
    cases=Cases(
        "Waves and dots",
        "What came of single examples.",
        {"wave": "Waves", "dot": "Dots"},
        lambda found, kind: [
            Case(Picture(i, (f"{kind} {i}", found.classes[0])), (Picture(i + 1, ("next",)),))
            for i in range(3 if kind == "wave" else 0)
        ],
    ),
    pictured=(
        Pictured("true-labels", "True labels", "As they are."),
        Pictured("redrawn", "Redrawn labels", "With this probability.", corruption=None),
    ),
)


def run(payload: Mapping[str, Any], params: SketchParams, context: Context) -> Outcome:
    context.progress(1.0)
    return Outcome({"height": np.array([1.0 + payload["repeat"]])}, {"device": "cpu"})


def summarize_units(
    params: SketchParams, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> Results:
    heights = [float(arrays["height"][0]) for _, arrays in units]
    facts = SketchFacts(height=max(heights) if heights else None)
    return Results(facts=facts, arrays={"heights": np.array(heights)})


class DiceParams(OnExperiment):
    """What to throw; there is no data set."""

    throws: int = Field(3, ge=1, le=100, title="Throws", description="How many units.")
    seed: int = Field(0, ge=0, le=9, title="Seed", description="Of the dice.")


class DiceFacts(Facts):
    """Eyes of every throw."""

    eyes: tuple[int, ...] = ()


@figure("Eyes", "Of every throw.", section="")
def eyes(found: Found[DiceParams, DiceFacts]) -> go.Figure | None:
    if not found.facts.eyes:
        return None
    drawn = blank("Eyes", "eyes")
    drawn.add_bar(y=list(found.facts.eyes))
    summarize(drawn, f"{len(found.facts.eyes)} throws.")
    return drawn


def _throws(params: DiceParams, _shape: None) -> list[Unit]:
    return [Unit(f"throw={i}", {"throw": i}, 1, 0.1, 8) for i in range(params.throws)]


DICE = Study(
    name="dice",
    title="Do dice have a memory?",
    question="Or do they not?",
    summary="Throws dice.",
    paper=Paper("On dice", ("B. Author",), 1901, "Journal", "https://example.org", kind="article"),
    params=DiceParams,
    presets={"quick": {}},
    plan=Plan(
        lambda params, _: [Unit(f"throw={i}", {"throw": i}, 1, 0.1, 8) for i in range(params.throws)],
        "throws",
    ),
    facts=DiceFacts,
    departures=Departures(DiceParams()),
    figures=(eyes,),
)


def throw(payload: Mapping[str, Any], params: DiceParams, context: Context) -> Outcome:
    if params.experiment is not None:
        return Outcome(DiceFacts(eyes=(context.finished(params.experiment).scores.n,)).to_arrays())
    rng = np.random.default_rng((params.seed, payload["throw"]))
    return Outcome(DiceFacts(eyes=(int(rng.integers(1, 7)),)).to_arrays())


def count(params: DiceParams, examples: None, units: Iterable[tuple[Mapping[str, Any], Arrays]]) -> Results:
    return Results(facts=DiceFacts.joined(DiceFacts.from_arrays(arrays) for _, arrays in units))


class PuddleParams(OnImages):
    """How deep is dug; there are two sizes of spades."""

    spades: tuple[int, ...] = Field((1, 2), min_length=1, max_length=2, title="Spades", description="Sizes.")


def _wetness(scores: Scores) -> npt.NDArray[np.float64]:
    """Compute a column: how often models without the example are wrong, thrice."""
    return 3 * (1 - scores.heldout_accuracy)


NO_ACCURACIES = Accuracies((), (), ())

PUDDLES = Study(
    name="puddles",
    title="How deep are puddles?",
    question="And how wet?",
    summary="Scores made up from the numbers of examples, with two columns.",
    paper=Paper("On puddles", ("C. Author",), 1902, "Journal", "https://example.org", kind="article"),
    params=PuddleParams,
    presets={"quick": {}},
    plan=Plan(lambda params, _: [Unit("dig", {}, 1, 0.1, 8)]),
    facts=Facts,
    departures=Departures(PuddleParams()),
    figures=SCORED_FIGURES,
    scores=Scored(
        size_name=lambda _: "spade",
        parameters=lambda params, _: dict.fromkeys(params.spades, 1),
        half_width=lambda *_: 0.1,
        accuracies=lambda _: NO_ACCURACIES,
        learning_curves=lambda _: (),
        steps=lambda *_: (),
        columns=(
            Column("depth", "Depth", "How deep it is, <b>in feet</b>.", -1.0, 15.0),
            Column("wetness", "Wetness", "How wet it is.", 0.0, 3.0, of=_wetness),
            Column("color", "Color", "Kept by no results.", 0.0, 1.0),
        ),
    ),
)


def dig(payload: Mapping[str, Any], params: PuddleParams, context: Context) -> Outcome:
    return Outcome({"depth": depth_of(context.examples.n_train, len(params.spades))})


def depth_of(n: int, sizes: int) -> npt.NDArray[np.float32]:
    """Return made-up depths (sizes, n), some of them equal and a few undefined."""
    depth = np.float32(0.1) * (np.arange(n) % 71) * np.arange(1, sizes + 1, dtype=np.float32)[:, None]
    depth[:, ::100] = np.nan
    return depth


def fill(
    params: PuddleParams, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> Results:
    n, sizes = examples.n_train, params.spades
    right = np.tile(np.arange(n, dtype=np.int32) % 11, (len(sizes), 1))
    ten = np.full_like(right, 10)
    named = np.zeros((len(sizes), n, len(examples.classes)), np.uint16)
    scores = Scores.of_counts(
        sizes, examples.given, examples.flipped, (ten, ten, ten, right), Answers.of_counts(named)
    )
    columns = {name: depth for _, arrays in units for name, depth in arrays.items()}
    return Results(scores=scores, columns=columns)


def _half(name: str, run: Any, summarize: Any) -> Any:
    """Return a module that is the worker half of a study."""
    module = type(sys)(f"workers.studies.{name}")
    module.run, module.summarize = run, summarize  # type: ignore[attr-defined]
    return module


@contextmanager
def registered() -> Iterator[None]:
    """Add the studies to the registry, with this module as their worker halves."""
    halves = {
        "sketches": (STUDY, run, summarize_units),
        "dice": (DICE, throw, count),
        "puddles": (PUDDLES, dig, fill),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, (study, *functions) in halves.items():
            patch.setitem(STUDIES, name, study)
            patch.setitem(sys.modules, f"workers.studies.{name}", _half(name, *functions))
        yield
