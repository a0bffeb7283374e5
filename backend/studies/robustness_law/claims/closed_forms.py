"""Claims about networks known in closed form, and checks that hold by proof."""

from collections.abc import Callable, Collection, Sequence

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import wilson
from backend.studies.kit.findings import Finding, Measurement, all_hold, below, finding, mean_interval, near
from backend.studies.robustness_law.claims.trained import BLN, BS, LEAST
from backend.studies.robustness_law.facts import TAILS, Construction, Kind
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import grouped
from backend.theory.robustness import CAP_SLOPE, isoperimetry, slope_of_logs

LINEAR, QUADRATIC, POWER = 0.03, 0.08, 0.05
GRADIENT = 1e-4


def _of(found: Lawful, kind: Kind) -> list[Construction]:
    return [built for built in found.facts.constructions if built.kind is kind]


def _needs(kind: Kind, least: int = LEAST) -> Callable[[Lawful], str]:
    def missing(found: Lawful) -> str:
        draws = {built.draw for built in _of(found, kind)}
        return "" if len(draws) >= least else "needs more draws of examples"

    return missing


def _by_cell(built: Sequence[Construction]) -> Collection[list[Construction]]:
    return grouped(built, lambda one: (one.n, one.d)).values()


def _ratios(built: Sequence[Construction]) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Return by n and d the mean of constants over the formula, and its interval."""
    return {
        (same[0].n, same[0].d): mean_interval([one.lipschitz / one.expected for one in same])
        for same in _by_cell(built)
    }


def _farthest(
    ratios: dict[tuple[int, int], tuple[float, float, float]],
) -> tuple[str, tuple[float, float, float]]:
    (n, d), values = max(ratios.items(), key=lambda item: abs(item[1][0] - 1))
    return f"{values[0]:.3f} times the formula at n = {n:,}, d = {d}", values


@finding(
    "The linear function of least norm that fits n labels in d dimensions has the constant √(nd/(d-n-1)).",
    f"{BLN}, the construction for k = 1",
    "at most √(2n) while n is at most of the order of d",
    unit="constant over the formula, at the farthest",
    needs=_needs(Kind.LINEAR),
    question="Is the linear fit as steep as its formula?",
    rule=f"Holds if the mean over draws is within {LINEAR:.0%} of the formula for every n, and below √(2n)"
    " where n is at most d/3; differs if one is not, by the 95 % interval of the mean.",
)
def linear_as_computed(found: Lawful) -> Measurement:
    """Judge the farthest of the cells, and the bound."""
    built = _of(found, Kind.LINEAR)
    ratios = _ratios(built)
    few = [one for one in built if 3 * one.n <= one.d]
    bounded = [mean_interval([one.lipschitz / np.sqrt(2 * one.n) for one in same]) for same in _by_cell(few)]
    verdict = all_hold(
        *(near(1, LINEAR, low, high) for _, low, high in ratios.values()),
        *(below(1, low, high) for _, low, high in bounded),
    )
    over = sum(one.lipschitz > np.sqrt(2 * one.n) for one in few)
    answer, values = _farthest(ratios)
    note = f"{over} of {len(few)} draws with n of at most d/3 exceed √(2n)."
    return Measurement(verdict, *values, note, answer=answer)


@finding(
    "One cap per example fits every label on the sphere, with gradients of at most 10.",
    f"{BLN}, the construction for k = n",
    "10-Lipschitz",
    unit="largest gradient",
    needs=_needs(Kind.CAPS, 1),
    question="Do disjoint caps fit with gradients of at most 10?",
    rule="Never judged by chance: where no two caps meet it holds by proof, and else asks for other"
    " examples.",
    arithmetic=True,
)
def caps_fit(found: Lawful) -> Measurement:
    """Check largest gradient and largest miss where caps are disjoint."""
    built = [one for one in _of(found, Kind.CAPS) if one.disjoint]
    if not built:
        return Measurement(ClaimVerdict.UNDECIDED, note="Caps meet in every draw.", answer="caps meet")
    slope = max(one.lipschitz for one in built)
    missed = max(one.residual for one in built)
    verdict = all_hold(below(CAP_SLOPE + 1e-9, slope, slope), below(1e-9, missed, missed))
    return Measurement(
        verdict, slope, answer=f"at most {slope:.2f}, and no label is missed by {max(missed, 1e-12):.0e}"
    )


@finding(
    "The quadratic network Σ y (x'·x)², of rank d, has a constant of about 4 √(n/d).",
    f"{BLN}, Theorem 4 for p = 2",
    "of the order of √(n/k), k being d",
    unit="constant over the formula, at the farthest",
    needs=_needs(Kind.QUADRATIC),
    question="Is the quadratic network as steep as its formula?",
    rule=f"Holds if the mean over draws is within {QUADRATIC:.0%} of the formula for every n, differs if it"
    " is outside for one, by the 95 % interval of the mean.",
)
def quadratic_as_computed(found: Lawful) -> Measurement:
    """Judge the farthest of the cells."""
    ratios = _ratios(_of(found, Kind.QUADRATIC))
    verdict = all_hold(*(near(1, QUADRATIC, low, high) for _, low, high in ratios.values()))
    answer, values = _farthest(ratios)
    return Measurement(verdict, *values, answer=answer)


@finding(
    "Its constant is a power of n with the exponent 1/2.",
    f"{BLN}, Theorem 4 for p = 2",
    "1/2",
    unit="exponent",
    needs=_needs(Kind.QUADRATIC),
    question="Is the exponent of the quadratic network 1/2?",
    rule=f"Holds if the slope of logarithms over n is within {POWER} of 1/2, differs if outside, by the 95 %"
    " interval of the mean over draws.",
)
def quadratic_power(found: Lawful) -> Measurement:
    """Judge the exponent of each draw; those of trained networks are about half of it."""
    draws = grouped(_of(found, Kind.QUADRATIC), lambda one: one.draw).values()
    powers = [slope_of_logs([one.n for one in draw], [one.lipschitz for one in draw]) for draw in draws]
    mean, low, high = mean_interval(powers)
    return Measurement(near(0.5, POWER, low, high), mean, low, high, "", f"n to the power of {mean:.3f}")


def _some_net(found: Lawful) -> str:
    return "" if found.facts.nets else "needs a trained network"


@finding(
    "Values of a 1-Lipschitz function of Gaussian points lie within t of their mean but for 2 exp(-t² d /"
    " 2).",
    f"{BS}, Definition 1.1, c = 1",
    "2 exp(-t² d / 2)",
    unit="share over the bound, at the most",
    needs=_some_net,
    question="Do trained networks keep to isoperimetry?",
    rule="It holds by proof of a network over an upper bound of its constant. The share of fresh points"
    " further off is counted over all networks on Gaussian points; it holds unless its 95 % interval lies"
    " above the bound.",
    arithmetic=True,
)
def tails_are_thin(found: Lawful) -> Measurement:
    """Check the share of values off the mean at each of TAILS."""
    nets = [net for net in found.facts.nets if len(net.tails)]
    counts = np.sum([net.tails for net in nets], axis=0)
    points = sum(net.points for net in nets)
    bounds = isoperimetry(np.array(TAILS), 1)  # t is in units of 1 / sqrt(d)
    low, _ = wilson(counts, points)
    worst = float((counts / points / bounds).max())
    verdict = ClaimVerdict.HOLDS if (low <= bounds).all() else ClaimVerdict.DIFFERS
    return Measurement(verdict, worst, note=f"{points:,} values.", answer=f"at most {worst:.2g} of the bound")


@finding(
    "Gradients are right: they agree with differences, and none exceeds the certified bound.",
    "ours, a check of the measure",
    "not available",
    unit="largest relative difference",
    needs=_some_net,
    question="Are gradients as differences say, and below their bound?",
    rule=f"It holds by construction: gradients differ from quotients by less than {GRADIENT:g}, relatively,"
    " and the largest of each network is at most |a| ‖W‖.",
    arithmetic=True,
)
def gradients_are_right(found: Lawful) -> Measurement:
    """Check every network."""
    nets = found.facts.nets
    off = max(net.difference for net in nets)
    over = max(net.slope / net.bound for net in nets)
    verdict = all_hold(below(GRADIENT, off, off), below(1 + 1e-9, over, over))
    return Measurement(
        verdict, off, note=f"Up to {over:.2f} of the bound.", answer=f"they differ by {off:.0e}"
    )


FINDINGS: tuple[Finding, ...] = (
    linear_as_computed,
    quadratic_as_computed,
    quadratic_power,
    caps_fit,
    tails_are_thin,
    gradients_are_right,
)
