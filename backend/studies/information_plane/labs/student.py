"""The laboratory of the linear student, whose information needs no estimator."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.figures.curves import line, log_axis
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Measurement, above, below, finding, not_run
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab, LabParams
from backend.theory.linear_student import Floats, Learned, learned, lesson, weights_over_time

TIMES = np.concatenate([[0.0], np.geomspace(1e-2, 1e3, 160)])
INPUT, RELEVANT, IRRELEVANT = COLORS["memorization"], COLORS["test_accuracy"], COLORS["in_accuracy"]
TIME = {**log_axis("time"), "range": [-2, 3]}
FALL = 0.01  # bits, below which nothing falls
RISES = 1.05  # of the test error in the end to its least
LEARNED = 1e-9  # of the first test error: what is below it is rounding, whose ratios say nothing


class StudentParams(LabParams):
    """What there is to learn."""

    inputs: int = Field(
        100,
        ge=2,
        le=150,
        title="Inputs",
        description="Of teacher and student.",
        json_schema_extra={"group": "Data"},
    )
    examples: int = Field(
        100,
        ge=2,
        le=400,
        title="Examples",
        description="As many as inputs is where overfitting is worst.",
        json_schema_extra={"group": "Data"},
    )
    relevant: int = Field(
        100,
        ge=1,
        le=150,
        title="Relevant inputs",
        description="The teacher looks at so many; all of them if there are no more.",
        json_schema_extra={"group": "Data"},
    )
    noise: float = Field(
        1.0,
        ge=0,
        le=4,
        title="Noise of the answers",
        description="Its variance; that of the teacher's answer is 1.",
        json_schema_extra={"group": "Data", "step": 0.05},
    )
    start: float = Field(
        0.1,
        ge=0,
        le=2,
        title="Size of the first weights",
        description="Their standard deviation; the teacher's is 1 where all inputs are relevant.",
        json_schema_extra={"group": "Student", "step": 0.05},
    )
    draw: int = Field(
        0,
        ge=0,
        le=99,
        title="Draw",
        description="Of examples and teacher.",
        json_schema_extra={"group": "Data"},
    )


@dataclass(frozen=True)
class Lesson:
    """What is known of the student at TIMES, and how many inputs are relevant."""

    learned: Learned
    relevant: int


Here = Found[StudentParams, Lesson]


def taught(params: StudentParams) -> Lesson:
    """Follow the student from small weights on."""
    rng = np.random.default_rng(params.draw)
    relevant = min(params.relevant, params.inputs)
    given = lesson(rng, params.inputs, params.examples, relevant, params.noise)
    start = params.start * rng.standard_normal(params.inputs)
    return Lesson(learned(given, weights_over_time(given, TIMES, start), relevant), relevant)


@figure(
    "Errors of the student",
    "Squared errors over time. With about as many examples as inputs and noisy answers the student"
    " overtrains: its test error rises.",
)
def errors(found: Here) -> go.Figure:
    """Draw both errors."""
    known = found.facts.learned
    drawn = blank(
        "Errors over time",
        "errors",
        xaxis=TIME,
        yaxis={"title": {"text": "squared error"}, "rangemode": "tozero"},
    )
    drawn.add_trace(line("training", TIMES[1:], known.train_error[1:], COLORS["in_accuracy"]))
    drawn.add_trace(line("test", TIMES[1:], known.test_error[1:], COLORS["test_accuracy"]))
    summarize(
        drawn,
        f"The test error is {known.test_error.min():.2f} at least and {known.test_error[-1]:.2f} in the end.",
    )
    return drawn


@figure(
    "Information of the student",
    "Exact, at noise of variance 1 on the student's output. About all inputs it only rises: overfitting"
    " without compression. With fewer relevant inputs, what it tells about the others rises and falls again,"
    " although the total does not.",
)
def information(found: Here) -> go.Figure:
    """Draw bits about all inputs, both kinds, and the answer."""
    known = found.facts.learned
    drawn = blank(
        "Information over time",
        "information",
        xaxis=TIME,
        yaxis={"title": {"text": "bits"}, "rangemode": "tozero"},
    )
    drawn.add_trace(line("about all inputs", TIMES[1:], known.of_input[1:], INPUT))
    if found.facts.relevant < found.params.inputs:
        drawn.add_trace(line("relevant ones", TIMES[1:], known.of_relevant[1:], RELEVANT, dash="dash"))
        drawn.add_trace(line("the others", TIMES[1:], known.of_irrelevant[1:], IRRELEVANT, dash="dash"))
    drawn.add_trace(line("about the answer", TIMES[1:], known.of_answer[1:], NEUTRAL))
    summarize(
        drawn,
        f"In the end {known.of_input[-1]:.2f} bits about all inputs, {known.of_relevant[-1]:.2f} about the"
        f" relevant ones, {known.of_irrelevant[-1]:.2f} about the others and {known.of_answer[-1]:.2f} about"
        " the answer.",
    )
    return drawn


@figure(
    "The student's information plane",
    "Bits about the answer over bits about all inputs, from left to right in time.",
)
def student_plane(found: Here) -> go.Figure:
    """Draw the way through the plane."""
    known = found.facts.learned
    drawn = blank(
        "Information plane",
        "student-plane",
        xaxis={"title": {"text": "I(T;X), bits"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "I(T;Y), bits"}, "rangemode": "tozero"},
    )
    drawn.add_scatter(
        x=known.of_input,
        y=known.of_answer,
        name="student",
        mode="lines+markers",
        marker={"size": 4},
        line={"color": INPUT},
        customdata=TIMES,
        meta={"columns": ["time"]},
    )
    summarize(drawn, f"It ends at {known.of_input[-1]:.2f} and {known.of_answer[-1]:.2f} bits.")
    return drawn


def most_lost(bits: Floats) -> float:
    """Return the largest fall of a course below what it had before."""
    return float((np.maximum.accumulate(bits) - bits).max())


@finding(
    "A linear student that overtrains does not compress.",
    "Saxe et al. 2018: Fig. 3",
    "no compression",
    unit="bits lost, at most",
    question="Does the student overtrain without compression?",
    rule=f"Holds if its test error ends more than 5 % above its least while I(T;X) never falls by more than"
    f" {FALL:g} bit, differs if I(T;X) does, and is not run where it does not overtrain.",
)
def no_compression(found: Here) -> Measurement:
    """Judge the largest fall, where there is overtraining."""
    known = found.facts.learned
    first, least, final = known.test_error[0], known.test_error.min(), known.test_error[-1]
    if final < max(RISES * least, LEARNED * first):
        return not_run("needs a student that overtrains: more noise, or as many examples as inputs")
    lost = most_lost(known.of_input)
    return Measurement(
        below(FALL, lost, lost),
        lost,
        lost,
        lost,
        answer=f"{lost:.3f} bits lost, test error {final / least:.1f} times its least",
    )


@finding(
    "What a student tells about inputs that do not matter falls, without compression of the whole.",
    "Saxe et al. 2018: Fig. 6",
    "rises, then falls (read from the figure)",
    unit="bits about the others lost, at most",
    question="Is what does not matter forgotten?",
    rule=f"Holds if information about irrelevant inputs falls by more than {FALL:g} bit below its peak while"
    f" that about all inputs does not, differs if either is otherwise.",
)
def forgets_irrelevant(found: Here) -> Measurement:
    """Judge the falls of both."""
    if found.facts.relevant == found.params.inputs:
        return not_run("needs fewer relevant inputs than inputs; the paper has 30 of 100")
    known = found.facts.learned
    other, whole = most_lost(known.of_irrelevant), most_lost(known.of_input)
    verdict = below(FALL, whole, whole) if other > FALL else above(FALL, other, other)
    answer = f"{other:.3f} bits about the others are lost, {whole:.3f} about all"
    return Measurement(verdict, other, other, other, answer=answer)


LAB = Lab(
    "student",
    "A student whose information is known exactly",
    "Overfitting needs no compression. Then choose 30 relevant inputs, no noise, first weights of 0.2:"
    " forgetting what does not matter shows only where that is looked at alone.",
    StudentParams,
    taught,
    (errors, information, student_plane),
    (no_compression, forgets_irrelevant),
)
