"""What comes of it: estimators beside each other, the bound, who compresses and who generalizes, claims."""

from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.figures.panels import Panels
from backend.figures.style import COLORS, DATA_COLORS, NEUTRAL, SERIES, SYMBOLS, blank, summarize
from backend.statistics.information import about_chances
from backend.studies.information_plane.claims import FINDINGS
from backend.studies.information_plane.evidence import COMPRESSES, GENERALIZES, accuracy, fall
from backend.studies.information_plane.facts import Course, courses
from backend.studies.information_plane.figures.look import (
    EPOCH_AXIS,
    ComparedControls,
    beside,
    color,
    label,
    layer_names,
    legend_once,
    line,
    named,
    on_axis,
    rounded,
    told,
)
from backend.studies.information_plane.found import Planes
from backend.studies.information_plane.measured import measured
from backend.studies.kit.figures import Figure, figure
from backend.theory.bottleneck import bottleneck
from backend.theory.layer_information import Estimator, Measure, states
from backend.theory.small_networks import activities
from backend.theory.sphere_patterns import patterns, softened

SECTION = "What it comes to"
MEASURES = (
    Measure(),
    Measure(Estimator.NET_INPUT, 30),
    Measure(Estimator.NET_INPUT, 3000),
    Measure(Estimator.EXACT),
    Measure(Estimator.KERNEL, variance=1e-3),
    Measure(Estimator.KERNEL, variance=0.1),
)
NETWORKS = 3  # measured by each estimator
SECONDS = 0.6  # for each of them and each setting
CONVERGED = 5  # networks whose layers are measured against the bound
VERDICTS = {
    ClaimVerdict.HOLDS: ("yes", COLORS["test_accuracy"], "circle"),
    ClaimVerdict.DIFFERS: ("no", COLORS["memorization"], "x"),
    ClaimVerdict.UNDECIDED: ("undecided", COLORS["undecided"], "diamond"),
    ClaimVerdict.NOT_RUN: ("not run", COLORS["undecided"], "circle-open"),
}
# What Tishby claims, and the finding whose question tests it: mostly one of Saxe et al.
ARGUED = (
    ("Training has two phases; the second one compresses.", "tanh_compresses"),
    ("Compression is what deep networks do.", "relu_does_not"),
    ("Compression is a property of the networks.", "net_input_bins"),
    ("The noise of SGD compresses.", "full_batch_compresses"),
    ("It begins where gradients become diffusion.", "begins_at_crossing"),
    ("Diffusion brings compression.", "ratio_drops_in_relu"),
    ("Compression is why networks generalize.", "generalizes_without"),
    ("Who compresses, generalizes.", "compresses_at_random"),
    ("With little data layers lose the label.", "little_data_falls"),
    ("Converged layers lie near the bound.", "near_bound"),
    ("More layers need fewer epochs.", "depth_is_fast"),
)
HEADINGS = ("Tishby's claim", "The test, mostly Saxe's", "Our outcome")
COLUMNS = ((0.0, 30), (0.36, 26), (0.69, 34))  # where a column begins, and the characters of its lines


class BoundControls(ComparedControls):
    """The label that the bound is about."""

    sharpness: float = Field(
        8.0,
        ge=0.1,
        le=20,
        title="Sharpness of the label",
        description="of p(y = 1 | pattern) over its score; with 8, as in the paper, I(X;Y) is 0.989 bits",
        json_schema_extra={"scale": "log"},
    )


@figure(
    "One set of weights, six estimators",
    "Bits of the last hidden layer about its input, from the same kept weights of three networks; by kernels"
    " at fewer checkpoints. Do they agree that it is compressed? Full precision tells all 4,096 patterns"
    " apart (12 bits) wherever no two of them give the same 32-bit numbers.",
    section=SECTION,
    controls=ComparedControls,
)
def estimators(found: Planes, controls: ComparedControls) -> go.Figure | None:
    """Draw I(X;T) of the last hidden layer by every estimator."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    titles = [f"<b>{named(c.arm, controls.compared)}</b>" for c in settings]
    panels = Panels(titles, height=440, least_px=260)
    traces, said = [], []
    for column, course in enumerate(settings):
        changes = []
        for tone, measure in zip(SERIES, MEASURES, strict=True):
            again = measured(found, course, measure, NETWORKS, course.last_hidden, SECONDS)
            bits = again.information[:NETWORKS, :, 0, 0].mean(axis=0)
            traces.append(
                line(told(measure), on_axis(again.epochs), rounded(bits), tone) | panels.at(0, column)
            )
            changes.append(f"{bits.max():.1f} to {bits[-1]:.1f} by {told(measure)}")
        said.append(f"{named(course.arm, controls.compared)}, from peak to end: " + ", ".join(changes) + ".")
    drawn = blank(
        "Last hidden layer, by six estimators",
        f"estimators-{controls.compared}",
        **panels.layout([EPOCH_AXIS], [[{"title": {"text": "I(X;T), bits"}, "range": [0, 12.3]}]]),
    )
    drawn.add_traces([go.Scatter(trace) for trace in legend_once(traces)])
    summarize(drawn, " ".join(said))
    return drawn


@figure(
    "Converged layers and the bound of the information bottleneck",
    "No variable can lie above the gray line: it is the most that so many bits about the input can tell about"
    " a noisy label of the symmetric rule, by the algorithm of Blahut and Arimoto. Layers are those after the"
    " last epoch, cut into the papers' bins; bars are standard errors over networks.",
    section=SECTION,
    controls=BoundControls,
)
def bound(found: Planes, controls: BoundControls) -> go.Figure | None:
    """Draw the bound and every layer's place at the end."""
    settings = beside(found, controls.compared)
    if not settings:
        return None
    chances = softened(controls.sharpness)
    curve = bottleneck(chances)
    titles = [f"<b>{named(c.arm, controls.compared)}</b>" for c in settings]
    panels = Panels(titles, height=440, least_px=260)
    top = float(curve.of_label[-1])
    drawn = blank(
        f"I(X;Y) = {top:.3f} bits",
        f"bound-{controls.compared}",
        **panels.layout(
            [
                {
                    "type": "log",
                    "title": {"text": "I(X;T), bits"},
                    "tickvals": [0.3, 1, 3, 12],
                    "range": [-0.8, 1.12],
                }
            ],
            [[{"title": {"text": "I(T;Y), bits"}, "range": [0, 1.03 * max(top, 0.05)]}]],
        ),
    )
    traces, said = [], []
    x = np.concatenate([np.geomspace(0.15, 12, 120)])
    for column, course in enumerate(settings):
        traces.append(line("bound", x, rounded(curve.bound(x)), NEUTRAL, width=3) | panels.at(0, column))
        places = converged(found, course, chances)
        means = places.mean(axis=0)
        errors = places.std(axis=0, ddof=1) / np.sqrt(len(places)) if len(places) > 1 else 0 * means
        farthest = float((curve.bound(means[:, 0]) - means[:, 1]).max())
        for layer, name in enumerate(layer_names(course.layers)):
            tone = color(layer, course.layers)
            beta = curve.beta(float(means[layer, 0]))
            words = "on top of the bound" if np.isinf(beta) else f"at beta = {beta:.2g}"
            traces.append(
                {"type": "scatter", "mode": "markers", "name": name, "legendgroup": name}
                | {"x": rounded(means[layer : layer + 1, 0]), "y": rounded(means[layer : layer + 1, 1])}
                | {"marker": {"color": tone, "size": 11}, "text": [words]}
                | {"error_x": _bar(errors[layer, 0]), "error_y": _bar(errors[layer, 1])}
                | panels.at(0, column)
            )
        said.append(
            f"{named(course.arm, controls.compared)}: the farthest layer is {farthest:.3f} bits below the"
            " bound."
        )
    drawn.add_traces([go.Scatter(trace) for trace in legend_once(traces)])
    summarize(drawn, " ".join(said))
    return drawn


def converged(found: Planes, course: Course, chances: Any) -> Any:
    """Return bits about input and about a noisy label of the last checkpoint's layers, (K, L, 2)."""
    widths, activation = found.params.layers(course.arm), course.arm.activation
    places = course.information[:CONVERGED, -1].astype(np.float64).copy()
    for own, ends, place in zip(course.weights[:, -1], course.ends, places, strict=False):
        layers = activities(own, widths, activation, patterns())
        for number, layer in enumerate(layers):
            output = number == len(layers) - 1
            codes = states(layer, activation, Measure(), tuple(ends.tolist()), output=output)
            place[number, 1] = about_chances(codes, chances)
    return places


def _bar(error: float) -> dict[str, Any]:
    return {"type": "data", "array": [float(error)], "thickness": 1, "width": 3}


@figure(
    "Compresses? Generalizes?",
    "Each dot is a network: to the right its last hidden layer loses more bits from their peak, upwards it is"
    " right about more patterns that it was not trained on. If compression were why networks generalize, two"
    " of the four fields would be empty. 87.5 % is what counting lit points gets right.",
    section=SECTION,
)
def grid(found: Planes) -> go.Figure | None:
    """Draw test accuracy over the fall of the last hidden layer."""
    known = courses(found.facts, found.results.arrays)
    if not known:
        return None
    falls = {arm: fall(course, course.last_hidden) for arm, course in known.items()}
    right = max(float(max(values.max() for values in falls.values())) * 1.08, 2 * COMPRESSES)
    lowest = min(0.45, min(float(accuracy(course).min()) for course in known.values()) - 0.03)
    words = (
        ("does not compress,<br>generalizes", "left", "top", 0.01, 0.99),
        ("compresses,<br>generalizes", "right", "top", 0.99, 0.99),
        ("does neither", "left", "bottom", 0.01, 0.01),
        ("compresses,<br>does not generalize", "right", "bottom", 0.99, 0.01),
    )
    edge: dict[str, Any] = {"type": "line", "line": {"color": NEUTRAL, "dash": "dash", "width": 1}}
    drawn = blank(
        "Test accuracy over the fall of the last hidden layer",
        "grid",
        height=520,
        xaxis={"title": {"text": "bits lost from the peak"}, "range": [-0.05 * right, right]},
        yaxis={"title": {"text": "test accuracy"}, "range": [lowest, 1.04], "tickformat": ".0%"},
        shapes=[
            edge | {"x0": COMPRESSES, "x1": COMPRESSES, "yref": "paper", "y0": 0, "y1": 1},
            edge | {"y0": GENERALIZES, "y1": GENERALIZES, "xref": "paper", "x0": 0, "x1": 1},
        ],
        annotations=[
            {"text": text, "xref": "paper", "yref": "paper", "x": x, "y": y, "showarrow": False}
            | {"xanchor": across, "yanchor": up, "align": across, "font": {"size": 12, "color": NEUTRAL}}
            for text, across, up, x, y in words
        ],
    )
    counts = np.zeros((2, 2), int)
    for place, (arm, course) in enumerate(known.items()):
        tone = DATA_COLORS[place % len(DATA_COLORS)]
        drawn.add_scatter(
            x=rounded(falls[arm]),
            y=rounded(accuracy(course)),
            name=label(found, arm),
            mode="markers",
            marker={"color": tone, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 9, "opacity": 0.8},
        )
        for lost, share in zip(falls[arm], accuracy(course), strict=True):
            counts[int(share >= GENERALIZES), int(lost >= COMPRESSES)] += 1
    summarize(
        drawn,
        f"Of {counts.sum()} networks {counts[1, 1]} compress and generalize, {counts[1, 0]} generalize"
        f" without compressing, {counts[0, 1]} compress without generalizing, {counts[0, 0]} do neither.",
    )
    return drawn


@figure(
    "Claim, test, outcome",
    "What Shwartz-Ziv and Tishby claim, the question that puts it to a test, and how these networks answer."
    " How each answer is judged is told with the claims below.",
    section=SECTION,
)
def argument(found: Planes) -> go.Figure | None:
    """Draw the table of claims, tests and outcomes."""
    if not found.facts.blocks:
        return None
    claims = {finding.key: finding.claim(found, "") for finding in FINDINGS}
    outcomes = [claims[key] for _, key in ARGUED]
    texts = [
        (claim, own.question, f"{VERDICTS[own.verdict][0]}: {own.answer or own.note}")
        for (claim, _), own in zip(ARGUED, outcomes, strict=True)
    ]
    lines = [[wrap(text, width) for text, (_, width) in zip(row, COLUMNS, strict=True)] for row in texts]
    heights = [max(map(len, row)) + 0.8 for row in lines]
    tops = np.concatenate([[0.0], np.cumsum(heights)])
    total = float(tops[-1])
    drawn = blank(
        "Tishby's claim, Saxe's test, our outcome",
        "argument",
        height=round(17 * total) + 175,
        margin={"l": 16, "r": 16, "t": 100, "b": 12},
        meta={"least_width": 760},
        xaxis={"visible": False, "range": [0, 1], "fixedrange": True},
        yaxis={"visible": False, "range": [total, -1.6], "fixedrange": True},
        annotations=[
            {"text": f"<b>{text}</b>", "x": x, "y": -1.4, "showarrow": False, "font": {"size": 12}}
            | {"xanchor": "left", "yanchor": "top"}
            for text, (x, _) in zip(HEADINGS, COLUMNS, strict=True)
        ]
        + [
            {"text": "<br>".join(text), "x": x, "y": tops[row], "showarrow": False, "align": "left"}
            | {"xanchor": "left", "yanchor": "top", "font": {"size": 12}}
            for row, cells in enumerate(lines)
            for text, (x, _) in zip(cells, COLUMNS, strict=True)
        ],
    )
    for verdict, (name, tone, symbol) in VERDICTS.items():
        own = [row for row, claim in enumerate(outcomes) if claim.verdict is verdict]
        if own:
            drawn.add_scatter(
                x=[COLUMNS[2][0] - 0.02] * len(own),
                y=tops[own] + 0.75,
                name=name,
                mode="markers",
                marker={"color": tone, "symbol": symbol, "size": 11},
                customdata=[list(texts[row]) for row in own],
                meta={"columns": ["claim", "test", "outcome"]},
                hoverinfo="name",
            )
    counts = [f"{sum(claim.verdict is v for claim in outcomes)} {VERDICTS[v][0]}" for v in VERDICTS]
    summarize(drawn, f"Of {len(outcomes)} tests: " + ", ".join(counts) + ".")
    return drawn


FIGURES: tuple[Figure, ...] = (argument, grid, estimators, bound)
