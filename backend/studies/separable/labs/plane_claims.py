"""What theorems say of courses on points that a reader moves."""

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, near, not_run, within
from backend.studies.separable.labs.courses import TITLES, Here, Optimizer, degrees
from backend.studies.separable.labs.look import (
    told,
)
from backend.theory.margin_gaps import (
    angle_gap,
    directions,
    margin_gap,
    training_loss,
)

BY = (
    1e-2  # so much, at least, a gap falls in every decade: a law of 1 / log t falls by 8 % in the slowest one
)
ARRIVED = 1e-9  # a gap that is rounding
STILL_DEGREES, AWAY_DEGREES = 0.1, 1.0
ADAM_AT = (100_000, 316_228)  # steps between which its direction must stand still


def _unfit(found: Here, *optimizers: Optimizer, exact: bool = True) -> str:
    """Say why a theorem says nothing here, "" where it does; `exact` asks for a course up to 10^12 steps."""
    facts = found.facts
    if facts.setting.separator is None:
        return "needs points that a line through the origin separates"
    if found.params.optimizer not in optimizers:
        return f"is about {', '.join(TITLES[one] for one in optimizers)}"
    if not facts.setting.known_to_converge and found.params.optimizer is not Optimizer.ADAM:
        return "needs a step size below its bound"
    if exact and facts.at(1e12) is None:
        return "the optimizer's steps were not small enough to be followed to 10¹²"
    return ""


_EXACT = (Optimizer.GRADIENT_DESCENT, Optimizer.MOMENTUM)


@finding(
    "The reference is the hard-margin support vector machine.",
    "Soudry et al. 2018, equation 4",
    "no violation",
    unit="largest violation of its conditions",
    arithmetic=True,
    question="Does the reference meet the conditions of Karush, Kuhn and Tucker?",
    rule="Holds if no condition is violated by 1e-8 or more and the smallest margin is 1, differs otherwise.",
)
def separator_is_exact(found: Here) -> Measurement:
    limit = found.facts.setting.separator
    if limit is None:
        return not_run("needs points that a line through the origin separates")
    off = abs(float((found.facts.setting.x @ limit.weights).min()) - 1)
    worst = max(limit.residual, off)
    return Measurement(below(1e-8, worst, worst), worst, answer=f"violated by at most {worst:.1g}")


@finding(
    "The loss falls like 1/t.",
    "Soudry et al. 2018, Theorem 5 and Fig. 1C",
    "slope -1 on logarithmic axes",
    unit="slope",
    question="Does the loss fall like 1/t?",
    rule="Holds if the slope of log loss over log t from 10⁶ to 10¹² steps is -1 ± 0.02, differs if outside.",
)
def loss_falls(found: Here) -> Measurement:
    if why := _unfit(found, *_EXACT):
        return not_run(why)
    facts = found.facts
    chosen, late = facts.chosen, facts.chosen.steps >= 10**6
    loss = training_loss(facts.setting.x, chosen.weights[late], found.params.loss)
    slope = float(np.polyfit(np.log(chosen.steps[late]), np.log(loss), 1)[0])
    return Measurement(near(-1, 0.02, slope, slope), slope, answer=f"a slope of {slope:.3f}")


@finding(
    "t times the loss tends to |ŵ|²/η.",
    "follows from Soudry et al. 2018, Theorem 4",
    "ratio of 1; with momentum m, 1 - m times as much",
    unit="t L at 10¹² steps over its limit",
    question="Does t times the loss tend to its constant?",
    rule="Holds if t L at 10¹² steps is within 1 % of the constant, differs if outside.",
)
def constant_of_loss(found: Here) -> Measurement:
    if why := _unfit(found, *_EXACT):
        return not_run(why)
    facts = found.facts
    weights = facts.at(1e12)
    if facts.constant is None or weights is None:
        return not_run("needs support vectors that span the points and all pull")
    ratio = 1e12 * float(training_loss(facts.setting.x, weights, found.params.loss)) / facts.constant
    return Measurement(near(1, 0.01, ratio, ratio), ratio, answer=f"{ratio:.4f} of it")


@finding(
    "The norm grows like |ŵ| log t.",
    "Soudry et al. 2018, Theorem 3 and Fig. 1B",
    "slope of |ŵ|",
    unit="slope of |w| over log t, in units of |ŵ|",
    question="Does the norm grow like |ŵ| log t?",
    rule="Holds if the slope from 10³ to 10¹² steps is 0.9 to 1.1 of |ŵ|, differs if outside.",
)
def norm_grows(found: Here) -> Measurement:
    if why := _unfit(found, *_EXACT):
        return not_run(why)
    facts, limit = found.facts, found.facts.setting.separator
    if limit is None:
        return not_run("")
    late = facts.chosen.steps >= 10**3
    norms = np.linalg.norm(facts.chosen.weights[late], axis=1)
    slope = float(np.polyfit(np.log(facts.chosen.steps[late]), norms, 1)[0]) / limit.norm
    return Measurement(within(0.9, 1.1, slope, slope), slope, answer=f"{slope:.3f} times |ŵ|")


@finding(
    "The direction goes to the maximum margin, whatever momentum or batches do.",
    "Soudry et al. 2018, Theorem 3, Figs. 1D and 1E, appendix on SGD",
    "both gaps fall",
    unit="least a gap falls in a decade of steps",
    question="Do the gaps of angle and margin fall in every decade?",
    rule=(
        "Holds if each gap falls by at least 1 % in every decade of steps from 10² on, or is 10⁻⁹ already;"
        " differs if less in any. A gap like 1/log t falls by 8 % in the last decade."
    ),
)
def gaps_fall(found: Here) -> Measurement:
    kinds = tuple(one for one in Optimizer if one is not Optimizer.ADAM)
    if why := _unfit(found, *kinds, exact=False):
        return not_run(why)
    facts, limit = found.facts, found.facts.setting.separator
    at = [facts.at(float(10**k)) for k in range(2, 13)]
    weights = np.array([one for one in at if one is not None])
    if limit is None or len(weights) < 2:
        return not_run("needs two decades of steps")
    worst = np.inf
    for gap in (angle_gap(weights, limit), np.abs(margin_gap(facts.setting.x, weights, limit))):
        moving = gap[:-1] > ARRIVED
        if moving.any():
            worst = min(worst, float((1 - gap[1:] / np.maximum(gap[:-1], ARRIVED))[moving].min()))
    if not np.isfinite(worst):
        return not_run("it points along the maximum margin from the start")
    last = min(int(facts.chosen.steps[-1]), 10**12)
    answer = f"by at least {worst:.1%} in each, to {told(last)} steps" if worst > 0 else "one of them rises"
    return Measurement(above(BY, worst, worst), worst, answer=answer)


@finding(
    "Adam ends in another direction.",
    "Soudry et al. 2018, appendix on Adam",
    "not the maximum margin",
    unit="degrees from the maximum margin",
    question="Does Adam come to rest away from the maximum margin?",
    rule=(
        "Holds if from 10⁵ to 3·10⁵ steps it turns by less than 0.1° and is more than 1° away, differs if it"
        " rests nearer; undecided while it turns. At finite t it may well be nearer than gradient descent:"
        " only the limit differs."
    ),
)
def adam_elsewhere(found: Here) -> Measurement:
    if why := _unfit(found, Optimizer.ADAM, exact=False):
        return not_run(why)
    facts = found.facts
    before, after = (facts.at(step) for step in ADAM_AT)
    if before is None or after is None:
        return not_run("Adam's steps were not smooth enough to be followed so far")
    ends = np.stack([before, after])
    away = float(degrees(ends, facts.setting)[1])
    between = float(np.linalg.norm(np.diff(directions(ends), axis=0)))
    turned = float(np.degrees(2 * np.arcsin(min(between / 2, 1))))
    verdict = above(AWAY_DEGREES, away, away)
    if turned >= STILL_DEGREES:
        verdict = ClaimVerdict.UNDECIDED
    note = (
        f"It turns by {turned:.2g}° in this half-decade. How far away it rests depends on the points. Once"
        " gradients are far below epsilon, it becomes gradient descent with step size rate / epsilon, and"
        " turns again."
    )
    return Measurement(verdict, away, note=note, answer=f"{away:.2f}° away, turning by {turned:.2g}°")


FINDINGS: tuple[Finding, ...] = (
    loss_falls,
    constant_of_loss,
    norm_grows,
    gaps_fall,
    adam_elsewhere,
    separator_is_exact,
)
