"""What Soudry et al. 2018 prove of gradient descent on separable points, and see of other optimizers."""

from collections.abc import Sequence

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import (
    Finding,
    Measurement,
    above,
    below,
    finding,
    mean_interval,
    near,
    not_run,
)
from backend.studies.separable.facts import Path
from backend.studies.separable.found import Separated
from backend.studies.separable.optimizers import TITLES, Optimizer
from backend.studies.separable.points import Points

LEAST = 3  # draws: with fewer nobody knows how much they differ
CLOSING = 0.95  # of an angle that is left after a decade: at 10^12 steps 1 / log t leaves 0.92
CLOSED = 1e-6  # degrees, below which rounding decides
SETTLED, AWAY = 0.1, 1.0  # degrees: turned within half a decade, and left to the maximum margin
SAME_LIMIT, SAME_LOSSES = 5e-3, 1e-2  # distances between directions at 10^12
SLOPE_WITHIN = 0.05

OVER = "By the 95 % interval of the mean over draws of points."


def paths_of(found: Separated, points: Points, *optimizers: Optimizer) -> list[Path]:
    """Return the paths of these optimizers on one kind of points."""
    return [path for path in found.facts.paths if path.points is points and path.optimizer in optimizers]


def closing(path: Path) -> float:
    """Return the largest angle of the last decade of steps over that of the decade before.

    Largest ones, since weights may pass by the maximum margin and come back. Infinity where weights left the
    range of numbers within two decades.
    """
    steps, angle = np.asarray(path.steps), np.asarray(path.angle)
    if len(steps) == 0 or steps[-1] < 100:
        return float("inf")
    before = angle[(steps > steps[-1] / 100) & (steps <= steps[-1] / 10)].max()
    last = angle[steps > steps[-1] / 10].max()
    return 0.0 if last < CLOSED else float(last / max(before, CLOSED))


def _closes(optimizer: Optimizer, source: str, statement: str, paper: str) -> Finding:
    def needs(found: Separated) -> str:
        count = len(paths_of(found, Points.PAPER, optimizer))
        return "" if count >= LEAST else f"needs {LEAST} draws of points, there are {count}"

    def measure(found: Separated) -> Measurement:
        paths = paths_of(found, Points.PAPER, optimizer)
        shares = [closing(path) for path in paths]
        if not np.isfinite(shares).all():
            return not_run("weights leave the range of numbers: the step size is too large")
        mean, low, high = mean_interval(shares)
        ends = [path.angle[-1] for path in paths]
        note = (
            f"{len(paths)} draws, {paths[0].steps[-1]:,} steps. In the end {min(ends):.2g} to {max(ends):.2g}"
            " degrees are left to the maximum margin."
        )
        answer = f"a decade of steps leaves {100 * mean:.0f} % of the angle"
        return Measurement(below(CLOSING, low, high), mean, low, high, note, answer)

    return Finding(
        key=f"{optimizer.value}_closes",
        statement=statement,
        source=source,
        paper=paper,
        unit="share of the angle that a decade leaves",
        measure=measure,
        needs=needs,
        question=f"Does {TITLES[optimizer]} turn toward the maximum margin?",
        rule=f"The largest angle between weights and maximum margin within the last decade of steps, over"
        f" that of the decade before. Holds if less than {CLOSING:.0%} are left, differs if more. {OVER}",
    )


CLOSES = (
    _closes(
        Optimizer.GD,
        "Soudry et al. 2018: Theorem 3, Fig. 1",
        "Gradient descent turns toward the maximum margin.",
        "1 - cos of the angle falls as 1 / log^2 t or faster",
    ),
    _closes(
        Optimizer.MOMENTUM,
        "Soudry et al. 2018: Fig. 1",
        "So does gradient descent with momentum.",
        "as without",
    ),
    _closes(
        Optimizer.SGD,
        "Soudry et al. 2018: appendix",
        "So does stochastic gradient descent.",
        "as gradient descent",
    ),
    _closes(
        Optimizer.NORMALIZED,
        "Soudry et al. 2018 (JMLR): normalized gradients",
        "So does normalized gradient descent, and faster.",
        "faster than gradient descent",
    ),
)


@finding(
    "Adam does not end at the maximum margin.",
    "Soudry et al. 2018: appendix, Adam",
    "another direction",
    unit="degrees from the maximum margin",
    question="Does Adam end somewhere else?",
    rule=f"Of two learning rates the one that ends nearer, on points whose second coordinate is stretched."
    f" Holds if Adam turns by less than {SETTLED} degrees within the last half of a decade of steps and is"
    f" more than {AWAY:g} degree from the maximum margin; differs if it has settled nearer; undecided while"
    f" it turns, or where draws differ. {OVER}",
)
def adam_elsewhere(found: Separated) -> Measurement:
    """Judge Adam by its limit: while it turns, its angle says nothing."""
    paths = paths_of(found, Points.SCALED, Optimizer.ADAM, Optimizer.FAST_ADAM)
    draws: dict[int, list[Path]] = {}
    for path in paths:
        draws.setdefault(path.draw, []).append(path)
    if len(draws) < LEAST:
        return not_run(f"needs {LEAST} draws of points, there are {len(draws)}")
    nearest = [min(path.angle[-1] for path in rates) for rates in draws.values()]
    mean, low, high = mean_interval(nearest)
    turned, *limits = mean_interval([max(path.turned for path in rates) for rates in draws.values()])
    away = [angle for angle in nearest if angle > AWAY]
    verdict = above(AWAY, low, high)
    if below(SETTLED, *limits) is not ClaimVerdict.HOLDS or 0 < len(away) < len(nearest):
        verdict = ClaimVerdict.UNDECIDED
    answer = f"on {len(nearest) - len(away)} of {len(nearest)} draws it ends within {AWAY:g} degree of it"
    answer += f", on the others {min(away):.0f} to {max(away):.0f} degrees away" if away else ""
    note = (
        f"Paths of {paths[0].steps[-1]:,} steps, turning by {turned:.2g} degrees per half decade in the end."
        f" Once gradients are far below epsilon = {found.params.epsilon:g}, Adam moves like gradient descent"
        " with steps of rate / epsilon, and turns as slowly. Where it ends before depends on the points."
    )
    return Measurement(verdict, mean, low, high, note, answer)


def _few_flows(found: Separated) -> str:
    count = len(found.facts.flows)
    return "" if count >= LEAST else f"needs {LEAST} draws of gradient flow, there are {count}"


@finding(
    "Neither the start nor the step size changes the limit.",
    "Soudry et al. 2018: Theorem 3",
    "distance 0",
    unit="largest distance between directions",
    needs=_few_flows,
    question="Do all starts and step sizes end in one direction?",
    rule=f"Three starts and three step sizes at 10^12, on the paper's points and on two unequal ones. Holds"
    f" if their directions are less than {SAME_LIMIT} apart, differs if more. {OVER}",
)
def one_limit(found: Separated) -> Measurement:
    """Judge how far directions are apart."""
    return _small([flow.spread for flow in found.facts.flows], SAME_LIMIT)


@finding(
    "Logistic and exponential loss have the same limit.",
    "Soudry et al. 2018: Theorem 3, which asks for an exponential tail alone",
    "distance 0",
    unit="distance between directions",
    needs=_few_flows,
    question="Do both losses end in one direction?",
    rule=f"Holds if their directions at 10^12 are less than {SAME_LOSSES} apart, differs if more. {OVER}",
)
def one_limit_of_losses(found: Separated) -> Measurement:
    """Judge how far the directions of both losses are apart."""
    return _small([flow.between_losses for flow in found.facts.flows], SAME_LOSSES)


def _small(distances: Sequence[float], most: float) -> Measurement:
    mean, low, high = mean_interval(distances)
    note = f"{len(distances)} draws; the largest distance is {max(distances):.2g}."
    return Measurement(below(most, low, high), mean, low, high, note, f"{mean:.2g} apart on average")


@finding(
    "The validation loss grows with log t where the maximum margin errs.",
    "Soudry et al. 2018: section 5",
    "slope |w^T x| of the wrong example",
    unit="slope over its limit",
    needs=_few_flows,
    question="Does the validation loss grow as the theorem says?",
    rule=f"The slope of the validation loss over log t from 10^9 on, relative to what the one wrong example"
    f" has it be. Holds if within {SLOPE_WITHIN:.0%} of 1 while the validation error does not rise, differs"
    f" if outside or if it rises. {OVER}",
)
def validation_slope(found: Separated) -> Measurement:
    """Judge the slope over log t, and that nothing else goes wrong."""
    flows = found.facts.flows
    mean, low, high = mean_interval([flow.slope / flow.expected for flow in flows])
    rises = [max(flow.validation_error) - flow.validation_error[0] for flow in flows]
    verdict = near(1, SLOPE_WITHIN, low, high)
    if max(rises) > 0:
        verdict = ClaimVerdict.DIFFERS
    note = f"{len(flows)} draws. The validation error is {flows[0].validation_error[-1]:.1%} in the end"
    note += (
        ", where it was in the beginning." if max(rises) <= 0 else f", and rises by up to {max(rises):.1%}."
    )
    return Measurement(verdict, mean, low, high, note, f"{mean:.3f} times as steep as in the limit")


@finding(
    "On two classes of images, too, gradient descent turns toward the maximum margin.",
    "follows from Soudry et al. 2018: Theorem 3",
    "as on any separable points",
    unit="share of the angle that a decade leaves",
    question="Does it on the two classes of the data set?",
    rule=f"Holds if the last decade of steps leaves less than {CLOSING:.0%} of the angle, differs if more."
    " One run without chance in it: its interval is its value.",
)
def pair_closes(found: Separated) -> Measurement:
    """Judge gradient descent on images."""
    if not found.facts.pairs:
        return not_run("needs two classes of a data set")
    pair = found.facts.pairs[0]
    if not pair.separable:
        return not_run(f"{pair.names[0]} and {pair.names[1]} overlap: {pair.instead}")
    path = next(path for path in pair.paths if path.optimizer is Optimizer.GD)
    share = closing(path)
    if not np.isfinite(share):
        return not_run("weights leave the range of numbers: the step size is too large")
    note = (
        f"{pair.names[0]} and {pair.names[1]}, {pair.n} images; {path.angle[-1]:.2g} degrees are left after"
    )
    note += f" {path.steps[-1]:,} steps."
    answer = f"a decade of steps leaves {100 * share:.0f} % of the angle"
    return Measurement(below(CLOSING, share, share), share, share, share, note, answer)


FINDINGS: tuple[Finding, ...] = (
    *CLOSES,
    adam_elsewhere,
    one_limit,
    one_limit_of_losses,
    validation_slope,
    pair_closes,
)
