"""Claims about trained networks: the line, the bound from below, two regimes, the noise threshold."""

import numpy as np

from backend.studies.kit.findings import (
    Finding,
    Measurement,
    above,
    all_hold,
    below,
    finding,
    mean_interval,
    not_run,
    within,
)
from backend.studies.robustness_law.facts import Net
from backend.studies.robustness_law.found import Lawful
from backend.studies.robustness_law.numbers import (
    EXPLAINED,
    FEWEST_NETS,
    FEWEST_WIDTHS,
    JUDGED,
    SHARE,
    SLOPES,
    Line,
    Past,
    cells,
    difference,
    grouped,
    pooled,
    roomy,
)
from backend.studies.robustness_law.params import Data

BLN = "Bubeck, Li & Nagaraj 2021"
BS = "Bubeck & Sellke 2021"
POOLED = 0.7
GROWTH = 1.8  # of the gradient from the least to the most dimensions, with as many units as examples
FEWEST_DIMENSIONS = 3
LEAST = 3  # networks of each kind, where means are judged


def _fitted(found: Lawful) -> list[Net]:
    return found.facts.fitted(Data.LAW)


def _rejected(found: Lawful, *data: Data) -> str:
    count = len(found.facts.of(*data)) - len(found.facts.fitted(*data))
    return f" {count} rejected: never below the threshold." if count else ""


def _judged(found: Lawful) -> list[Net]:
    return roomy(cells(_fitted(found)).get(JUDGED, []))


def _cell_needed(found: Lawful) -> str:
    nets = _judged(found)
    if len(nets) >= FEWEST_NETS and len({net.k for net in nets}) >= FEWEST_WIDTHS:
        return ""
    n, d = JUDGED
    return f"needs {FEWEST_NETS} fitted networks of {FEWEST_WIDTHS} widths at n = {n} and d = {d}"


def _pool_needed(found: Lawful) -> str:
    nets = pooled(_fitted(found))
    if len(nets) >= FEWEST_NETS and len({net.ratio for net in nets}) >= FEWEST_WIDTHS:
        return ""
    return f"needs {FEWEST_NETS} fitted networks of {FEWEST_WIDTHS} widths with d at most n / 4"


def _told(line: Line) -> str:
    return f"{line.start:.1f} + {line.slope:.2f} √(n/k), R² {line.explained:.2f}"


@finding(
    "At given n and d, the largest gradient of networks that fit random labels grows linearly in √(n/k).",
    f"{BLN}, Fig. 2",
    "about 3.5 + 1.5 √(n/k), read off the figure",
    unit="slope of the line",
    needs=_cell_needed,
    question="Do narrower networks fit more steeply?",
    rule=f"Holds if the line at n = {JUDGED[0]} and d = {JUDGED[1]} has a slope between {SLOPES[0]} and"
    f" {SLOPES[1]} and explains more than {EXPLAINED:.0%}, by the 95 % intervals of both; differs if either"
    " lies outside.",
)
def line_at_one_size(found: Lawful) -> Measurement:
    """Judge slope and R^2 at the cell that is judged."""
    line = Line.of(_judged(found))
    verdict = all_hold(within(*SLOPES, *line.slope_limits), above(EXPLAINED, *line.explained_limits))
    low, high = line.explained_limits
    note = f"{line.points} networks; R² between {low:.2f} and {high:.2f}.{_rejected(found, Data.LAW)}"
    return Measurement(verdict, line.slope, *line.slope_limits, note, answer=f"as {_told(line)}")


@finding(
    "One line in √(n/k) describes networks of many n and d together.",
    f"{BLN}, Fig. 2",
    "a linear trend over 906 networks",
    unit="R²",
    needs=_pool_needed,
    question="Does one line do for all sizes?",
    rule=f"Holds if one line explains more than {POOLED:.0%} of the gradients wherever d is at most"
    f" {SHARE:g} n and there are as many weights as examples, differs if less, by the 95 % interval of R²."
    " Differs, too, if the line falls.",
)
def line_of_all(found: Lawful) -> Measurement:
    """Judge R^2 over all cells of few dimensions."""
    line = Line.of(pooled(_fitted(found)))
    verdict = all_hold(above(POOLED, *line.explained_limits), above(0, *line.slope_limits))
    everything = Line.of(roomy(_fitted(found)))
    note = (
        f"{line.points} networks. With those of more dimensions, whose lines begin higher, R² is"
        f" {everything.explained:.2f}.{_rejected(found, Data.LAW)}"
    )
    return Measurement(verdict, line.explained, *line.explained_limits, note, answer=f"as {_told(line)}")


@finding(
    "A line with a start above 0 is no power: on logarithmic axes its slope stays below 1/2.",
    "ours, on the networks of Fig. 2",
    "not available",
    unit="exponent",
    needs=_cell_needed,
    question="Is the exponent of trained networks below 1/2?",
    rule="Holds if the exponent of √(n/k), squared, that is of n/k, is below 1/2 by its 95 % interval,"
    " differs if above.",
)
def power_is_shallow(found: Lawful) -> Measurement:
    """Judge the slope of logarithms over that of n / k, which is half of that of its root."""
    line = Line.of_logs(_judged(found))
    low, high = (limit / 2 for limit in line.slope_limits)
    straight = Line.of(_judged(found))
    note = (
        f"The line starts at {straight.start:.1f}, which hides its slope of {straight.slope:.2f}: no network"
        " of finite size, however wide, is flat. The quadratic construction starts at 0."
    )
    value = line.slope / 2
    return Measurement(below(0.5, low, high), value, low, high, note, f"(n/k) to the power of {value:.2f}")


def _all_fitted(found: Lawful) -> list[Net]:
    """Return the networks on Gaussian points: labels of images are in other units."""
    return found.facts.fitted(Data.LAW, Data.AS_MANY, Data.JUST_ENOUGH, Data.TWINS)


def _some_fitted(found: Lawful) -> str:
    return "" if _all_fitted(found) else "needs a network that fits random labels of Gaussian points"


@finding(
    "No network that fits random labels is smoother than √(n/k), up to a constant.",
    f"{BLN}, Conjecture 1",
    "at least c √(n/k)",
    unit="least Lipschitz constant over √(n/k)",
    needs=_some_fitted,
    question="Is every network that fits at least as steep as √(n/k)?",
    rule="Each network's Lipschitz constant lies between its largest random gradient and |a| ‖W‖. Holds if"
    " the lower one is at least √(n/k) for every network that fits, differs if the upper one of any is"
    " below.",
)
def none_is_smoother(found: Lawful) -> Measurement:
    """Judge the least ratio; its interval is what is known of that network, not of chance."""
    nets = _all_fitted(found)
    low = min(net.slope / net.ratio for net in nets)
    high = min(net.bound / net.ratio for net in nets)
    note = f"{len(nets)} networks.{_rejected(found, Data.LAW, Data.AS_MANY, Data.JUST_ENOUGH, Data.TWINS)}"
    return Measurement(above(1, low, high), low, low, high, note, f"the least is {low:.2f} times that")


@finding(
    "The norms of both layers multiply to at least √(n/k).",
    f"{BLN}, Theorem 5, which has no biases",
    "|a| ‖W‖ ≥ √(n/k)",
    unit="least |a| ‖W‖ over √(n/k)",
    needs=_some_fitted,
    question="Are the norms of the layers at least √(n/k)?",
    rule="Holds if that is so for every network that fits, batch norm folded into its weights; differs if not"
    " for one.",
)
def norms_are_large(found: Lawful) -> Measurement:
    """Judge the least product of norms, which is known exactly."""
    least = min(net.bound / net.ratio for net in _all_fitted(found))
    return Measurement(
        above(1, least, least),
        least,
        note=f"{len(_all_fitted(found))} networks.",
        answer=f"the least is {least:.2f} times that",
    )


def _by_dimension(found: Lawful, data: Data) -> dict[int, list[float]]:
    by = grouped(found.facts.fitted(data), lambda net: net.d)
    return {d: [net.slope for net in nets] for d, nets in by.items() if len(nets) >= LEAST}


def _regimes_needed(found: Lawful) -> str:
    both = [_by_dimension(found, data) for data in (Data.AS_MANY, Data.JUST_ENOUGH)]
    if len(both[0].keys() & both[1].keys()) >= FEWEST_DIMENSIONS:
        return ""
    return f"needs {LEAST} fitted networks of both regimes at {FEWEST_DIMENSIONS} numbers of dimensions"


@finding(
    "With as many units as examples, the gradient hardly grows with the dimension.",
    f"{BLN}, Fig. 3",
    "flat, 10 to 14, from d = 100 to 5,000 at n = 10,000",
    unit="most over least dimensions",
    needs=_regimes_needed,
    question="Do wide networks stay smooth in more dimensions?",
    rule=f"Holds if the mean gradient at the most dimensions, up to a sixth of n, is less than {GROWTH} times"
    " that at the least, differs if more, by the 95 % interval of the difference of logarithms.",
)
def wide_stays_flat(found: Lawful) -> Measurement:
    """Judge the ratio from the first to the last dimension."""
    by = _by_dimension(found, Data.AS_MANY)
    most = found.params.regime_examples / 6
    if len(near := [d for d in by if d <= most]) < FEWEST_DIMENSIONS:
        return not_run(f"needs {FEWEST_DIMENSIONS} numbers of dimensions up to {most:.0f}, a sixth of n")
    first, last = near[0], near[-1]
    ratio, low, high = np.exp(difference(np.log(by[last]), np.log(by[first])))
    note = f"From d = {first} to {last}.{_rejected(found, Data.AS_MANY)}"
    answer = f"{ratio:.2f} times as steep at d = {last} as at {first}"
    return Measurement(below(GROWTH, low, high), float(ratio), float(low), float(high), note, answer)


@finding(
    "With just enough units, k = 10 n/d, networks are steeper than with as many as examples.",
    f"{BLN}, Fig. 3",
    "apart at every d, 34 against 14 at d = 4,000",
    unit="least difference of mean gradients",
    needs=_regimes_needed,
    question="Do just enough units make networks steeper?",
    rule="Holds if the mean gradient is larger with just enough units wherever these are fewer, differs if it"
    " is smaller at one number of dimensions, each by the 95 % interval of the difference.",
)
def just_enough_is_steeper(found: Lawful) -> Measurement:
    """Judge the difference at every dimension."""
    many, enough = (_by_dimension(found, data) for data in (Data.AS_MANY, Data.JUST_ENOUGH))
    steps = {d: difference(enough[d], many[d]) for d in many if d in enough and d > 10}
    verdict = all_hold(*(above(0, low, high) for _, low, high in steps.values()))
    d, least = min(steps.items(), key=lambda step: step[1][0])
    told = ", ".join(f"{value:+.1f} at d = {d}" for d, (value, _, _) in steps.items())
    return Measurement(verdict, *least, f"{told}.", answer=f"by {least[0]:+.2f} at d = {d}, the least")


def _courses_needed(found: Lawful) -> str:
    enough = len(Past.of(found.facts.courses)) >= LEAST
    return "" if enough else f"needs {LEAST} networks that pass the noise and go on to fit"


@finding(
    "Fitting below the noise of the labels makes a network steeper than stopping there.",
    f"{BS}, Theorem 1",
    "below σ², Lipschitz constants are at least of the order √(nd/p)",
    unit="gradient at the fit over that at σ²",
    needs=_courses_needed,
    setting="ours, on networks of ours: the paper trains none",
    question="Does fitting the noise make networks steeper?",
    rule="Holds if the largest gradient at the fit is above that at the first step with a mean squared error"
    " of at most σ², differs if below, by the 95 % interval of the mean logarithm of their ratio.",
)
def noise_makes_steep(found: Lawful) -> Measurement:
    """Judge the ratio along each course."""
    past = Past.of(found.facts.courses)
    ratio, low, high = np.exp(mean_interval(np.log(past.slopes[1] / past.slopes[0]).tolist()))
    early, late = (errors.mean() for errors in past.errors)
    note = f"{len(past)} networks. Wrong signs at fresh points: {early:.0%} at σ², {late:.0%} at the fit."
    answer = f"{ratio:.2f} times as steep as at σ²"
    return Measurement(above(1, low, high), float(ratio), float(low), float(high), note, answer)


FINDINGS: tuple[Finding, ...] = (
    line_at_one_size,
    line_of_all,
    power_is_shallow,
    none_is_smoother,
    norms_are_large,
    wide_stays_flat,
    just_enough_is_steeper,
    noise_makes_steep,
)
