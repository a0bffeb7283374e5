"""What memorized examples are worth: accuracy without them, and without as many others."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from backend.core.contracts import ClaimVerdict
from backend.figures.panels import Panels
from backend.figures.style import COLORS, NEUTRAL, blank, summarize
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Finding, Measurement, above, finding, mean_interval, not_run
from backend.studies.memorization.facts import Removed
from backend.studies.memorization.found import Memorized

SECTION = "What memorized examples are worth"
AT = 0.3  # the threshold that Feldman & Zhang put into words
ARMS = {
    "memorized": ("memorized ones removed", "memorization"),
    "random": ("as many at random", "in_accuracy"),
}
# CIFAR-100, Feldman & Zhang 2020, Fig. 2, read from the plot: accuracies of both arms, and the share kept.
PAPER_AT = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PAPER = {
    "memorized": (0.659, 0.680, 0.693, 0.704, 0.714, 0.722, 0.728, 0.734, 0.742),
    "random": (0.691, 0.707, 0.717, 0.724, 0.729, 0.735, 0.740, 0.744, 0.749),
}
PAPER_KEPT = (0.54, 0.61, 0.66, 0.71, 0.74, 0.78, 0.81, 0.85, 0.89)
PAPER_ALL = 0.761
_ASKED = "Removal was not asked for, or waits until all scores are there"


def _arm(found: Memorized, arm: str) -> list[Removed]:
    """Return the arm's trained thresholds, ascending."""
    return [each for each in found.facts.removed if each.arm == arm and each.accuracy]


@figure(
    "Accuracy without memorized examples",
    "Above: how much the test accuracy of the largest size changes when all examples with a score from the"
    " threshold on are left out, and as many others at random; means of models that begin with the same"
    " weights, with 95 % limits. Below: the share of examples that is left. Gray: CIFAR-100 in Feldman &"
    " Zhang 2020, Fig. 2, read from the plot.",
    section=SECTION,
    of=lambda params: params.removal > 0,
    lacking=_ASKED,
)
def removal(found: Memorized) -> go.Figure | None:
    """Draw both arms as changes against training on everything, above the share kept."""
    everything = _arm(found, "all")
    if not everything or not (_arm(found, "memorized") or _arm(found, "random")):
        return None
    whole = everything[0]
    panels = Panels(("",), 560, heights=(2, 1))
    drawn = blank(
        f"Test accuracy without memorized examples, {len(whole.accuracy)} models an arm",
        "removal",
        **panels.layout(
            [{"title": {"text": "removed from this score on"}, "range": [0.05, 0.95]}],
            [
                [{"title": {"text": "change in accuracy"}, "tickformat": "+.1%"}],
                [{"title": {"text": "kept"}, "range": [0, 1.02], "tickformat": ".0%"}],
            ],
        ),
    )
    said = []
    for arm, (name, role) in ARMS.items():
        trained = _arm(found, arm)
        limits = [mean_interval(_changes(each, whole)) for each in trained]
        drawn.add_scatter(
            x=[each.threshold for each in trained],
            y=[value for value, _, _ in limits],
            error_y={
                "array": [high - value for value, _, high in limits],
                "arrayminus": [value - low for value, low, _ in limits],
                "thickness": 1,
                "width": 4,
            },
            customdata=[[each.kept, np.mean(each.accuracy)] for each in trained],
            meta={"columns": ["examples kept", "accuracy"]},
            name=name,
            mode="lines+markers",
            line={"color": COLORS[role], "width": 2},
            hovertemplate="%{y:+.1%}, %{customdata[0]:,} kept" + f"<extra>{name}</extra>",
            **panels.at(0, 0),
        )
        drawn.add_scatter(
            x=PAPER_AT,
            y=np.round(np.array(PAPER[arm]) - PAPER_ALL, 3),
            name=f"{name}, CIFAR-100 in the paper",
            mode="lines",
            line={"color": NEUTRAL, "width": 1.5, "dash": "solid" if arm == "memorized" else "dot"},
            **panels.at(0, 0),
        )
        said += [
            f"from {each.threshold:g} on {value:+.1%} ({name})"
            for each, (value, _, _) in zip(trained, limits, strict=True)
            if each.threshold == AT
        ]
    kept = _arm(found, "memorized")
    n = whole.kept
    drawn.add_scatter(
        x=[each.threshold for each in kept],
        y=[each.kept / n for each in kept],
        name="share kept",
        mode="lines+markers",
        line={"color": COLORS["memorization"], "width": 2},
        showlegend=False,
        **panels.at(1, 0),
    )
    drawn.add_scatter(
        x=PAPER_AT,
        y=PAPER_KEPT,
        name="share kept, CIFAR-100 in the paper",
        mode="lines",
        line={"color": NEUTRAL, "width": 1.5},
        showlegend=False,
        **panels.at(1, 0),
    )
    summarize(
        drawn,
        f"Trained on all {n:,} examples, {np.mean(whole.accuracy):.1%} of the test examples are right."
        f" Removed {'; '.join(said)}. On CIFAR-100 the paper lost 6.8% and 4.4% there.",
    )
    return drawn


def _changes(removed: Removed, whole: Removed) -> Sequence[float]:
    """Return the change of each model's accuracy: models of one number begin with the same weights."""
    return [without - with_all for without, with_all in zip(removed.accuracy, whole.accuracy, strict=True)]


@finding(
    "Removing memorized examples costs more accuracy than removing as many at random.",
    "Feldman & Zhang 2020, Fig. 2",
    "6.8 against 4.4 points on CIFAR-100 from a score of 0.3 on, 3.4 against 2.6 on ImageNet",
    unit="accuracy",
    question="Are memorized examples worth more than others?",
    rule=f"All examples with a score of at least {AT} at the largest size are left out, and as many at"
    " random. Compared is the test accuracy of models that begin with the same weights. It holds if the 95 %"
    " t-interval of the accuracy without others minus that without memorized ones lies above 0, and differs"
    " if it lies below. Where labels are wrong, the memorized examples are often those, and best left out.",
    of=lambda params: params.removal > 0,
)
def removal_costs(found: Memorized) -> Measurement:
    arms = {arm: next((e for e in _arm(found, arm) if e.threshold == AT), None) for arm in ARMS}
    memorized, others = arms["memorized"], arms["random"]
    if memorized is None or others is None:
        return not_run("waits until both are trained; too few examples may be left to train on")
    if len(memorized.accuracy) < 2:
        return not_run("needs two models of each")
    value, low, high = mean_interval(_changes(others, memorized))
    verdict = above(0, low, high)
    whole = _arm(found, "all")
    n = whole[0].kept if whole else memorized.kept
    more = "; more models would tell" if verdict == ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        value,
        low,
        high,
        note=f"{n - memorized.kept:,} of {n:,} examples removed, {len(memorized.accuracy)} models each.",
        answer=f"{np.mean(memorized.accuracy):.1%} right without the memorized ones,"
        f" {np.mean(others.accuracy):.1%} without as many others{more}",
    )


FINDINGS: tuple[Finding, ...] = (removal_costs,)
