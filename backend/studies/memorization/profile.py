"""How well networks know an example that they have not seen, by how much of the training set they have seen.

Jiang et al. 2021 call held-out accuracy over the share that is trained on the consistency profile of an
example, and its average the C-score.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.core.contracts import ClaimVerdict
from backend.figures.style import NEUTRAL, SERIES, blank, summarize
from backend.scores.helping import MEMORIZED
from backend.scores.scores import Scores
from backend.statistics.intervals import proportion
from backend.statistics.rank_correlation import spearman
from backend.studies.kit.figures import figure
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, mean_interval, not_run
from backend.studies.memorization.columns import SLOWNESS
from backend.studies.memorization.facts import PROFILE
from backend.studies.memorization.found import Memorized
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import RATIOS

SECTION = "Consistency profiles"
STRONG = 0.5  # Spearman's correlation from which we call it strong
FEWEST = 5  # examples of a group that is drawn
_ASKED = "Profiles were not asked for, or no ratio is trained yet"


class Profile(NamedTuple):
    """Held-out accuracy (R, n) at R ratios, ascending; NaN for examples that no model held out."""

    ratios: tuple[float, ...]
    accuracy: npt.NDArray[np.float64]


def profile_of(found: Memorized) -> Profile | None:
    """Return what was trained for the profile; None before there is any."""
    arrays = found.results.arrays
    if f"{PROFILE}_ratios" not in arrays:
        return None
    counts = arrays[f"{PROFILE}_counts"]
    return Profile(tuple(arrays[f"{PROFILE}_ratios"].tolist()), proportion(counts[:, 1], counts[:, 0]))


def _asked(params: MemorizationParams) -> bool:
    return params.profile > 0


def _whole(found: Memorized) -> tuple[Scores, Profile] | None:
    """Return scores of all examples at the largest size, and the profile; None where either is missing."""
    scores, profile = found.results.scores, profile_of(found)
    if scores is None or profile is None or not np.isfinite(scores.memorization[-1]).all():
        return None
    return (scores, profile) if np.isfinite(profile.accuracy).all() else None


@figure(
    "Consistency profiles",
    "How often networks of the largest size get an example right that they have not seen, by the share of the"
    " training set they have seen. Means of examples by their score, with 95 % limits. Ordinary examples"
    " are known after little training data, memorized ones stay unknown however much there is.",
    section=SECTION,
    of=_asked,
    lacking=_ASKED,
)
def consistency_profile(found: Memorized) -> go.Figure | None:
    """Draw the profile of examples in groups by their score at the largest size."""
    whole = _whole(found)
    if whole is None:
        return None
    scores, (ratios, accuracy) = whole
    memorization = scores.memorization[-1]
    groups = {
        "all": (np.ones(len(memorization), np.bool_), NEUTRAL, "dot"),
        f"scores below {MEMORIZED:g}": (memorization < MEMORIZED, SERIES[0], "solid"),
        f"scores from {MEMORIZED:g} to 0.75": (
            (memorization >= MEMORIZED) & (memorization < 0.75), SERIES[1], "solid",
        ),
        "scores from 0.75 on": (memorization >= 0.75, SERIES[2], "solid"),
    }  # fmt: skip
    drawn = blank(
        f"Held-out accuracy at {found.size_name} {scores.sizes[-1]:,}, {found.params.profile} models a share",
        "consistency-profile",
        xaxis={"title": {"text": "share of the training set seen"}, "range": [0, 1], "tickformat": ".0%"},
        yaxis={"title": {"text": "right without the example"}, "range": [-0.02, 1.02], "tickformat": ".0%"},
    )
    told = []
    for name, (which, color, dash) in groups.items():
        if which.sum() < FEWEST:
            continue
        limits = [mean_interval(at[which].tolist()) for at in accuracy]
        drawn.add_scatter(
            x=ratios,
            y=[value for value, _, _ in limits],
            error_y={
                "array": [high - value for value, _, high in limits],
                "arrayminus": [value - low for value, low, _ in limits],
                "thickness": 1,
                "width": 4,
            },
            name=f"{name} ({which.sum():,})",
            mode="lines+markers",
            line={"color": color, "width": 2, "dash": dash},
            hovertemplate="%{y:.1%} right at %{x:.0%}" + f"<extra>{name}</extra>",
        )
        told.append(f"{limits[0][0]:.0%} to {limits[-1][0]:.0%} ({name})")
    summarize(drawn, f"From {ratios[0]:.0%} to {ratios[-1]:.0%} of the training set: {'; '.join(told)}.")
    return drawn


def _correlation(
    found: Memorized,
    other: npt.NDArray[np.float64] | None,
    judge: Callable[[float, float], ClaimVerdict],
    words: str,
) -> Measurement:
    """Judge the interval of Spearman's correlation of the C-score with `other`, (n,)."""
    whole = _whole(found)
    if whole is None or whole[1].ratios != RATIOS or other is None:
        return not_run("waits until all sizes and all shares are trained")
    try:
        ours = spearman(whole[1].accuracy.mean(axis=0), other)
    except ValueError:
        return not_run("needs examples that differ")
    verdict = judge(ours.low, ours.high)
    more = "; more models would tell" if verdict is ClaimVerdict.UNDECIDED else ""
    return Measurement(
        verdict,
        ours.value,
        ours.low,
        ours.high,
        note=f"Over {len(other):,} examples; no network is in both numbers.",
        answer=f"{words} {ours.value:.2f}{more}",
    )


@finding(
    "What is memorized is what networks do not know without seeing it, however much else they see.",
    "Jiang et al. 2021, released C-scores; Feldman & Zhang 2020, released scores",
    "-0.79 between both releases, on 964 images of CIFAR-100",
    unit="Spearman's correlation",
    question="Are inconsistent examples the memorized ones?",
    rule="Spearman's correlation of the C-score, averaged over shares whose networks have no part in the"
    f" score, with memorization at the largest size. It holds if its 95 % interval lies below -{STRONG}, and"
    " differs if it lies above.",
    of=_asked,
)
def consistency_tells(found: Memorized) -> Measurement:
    scores = found.results.scores
    memorization = None if scores is None else scores.memorization[-1].astype(np.float64)
    return _correlation(found, memorization, partial(below, -STRONG), "C-score and memorization correlate by")


@finding(
    "Examples that are learned early are those that networks know without having seen them.",
    "Jiang et al. 2021, section 5",
    "about .85 to .9 on CIFAR-10, recalled",
    unit="Spearman's correlation",
    question="Does the speed of learning tell the C-score?",
    rule="Spearman's correlation of cprox, how often an example is right during training, with the C-score,"
    f" both at the largest size. It holds if its 95 % interval lies above {STRONG}, and differs if below.",
    of=_asked,
)
def speed_tells_consistency(found: Memorized) -> Measurement:
    scores = found.results.scores
    slowness = None if scores is None else SLOWNESS.values(scores, found.results.columns)
    speed = None if slowness is None else 1 - slowness[-1].astype(np.float64)
    return _correlation(found, speed, partial(above, STRONG), "speed of learning and C-score correlate by")


FINDINGS: tuple[Finding, ...] = (consistency_tells, speed_tells_consistency)
