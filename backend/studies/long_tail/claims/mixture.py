"""What of the theory carries over to mixtures, where examples of a subpopulation are alike, not equal."""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, below, finding, near, not_run, ordered
from backend.studies.long_tail.facts import Cell
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.params import MOST, LearnerName

COUPLED = 0.95  # lambda_1 from which on a learner counts as coupled,
APART = 0.5  # and below which its coupling counts as broken
TOLERANCE = 0.15  # of the excess error, relative to what the theorem has it be
TIMES = ("once", "twice", *(f"{times} times" for times in range(3, MOST + 1)))
MORE = "more repetitions of each mixture will tell"


def nearest(found: Sampled) -> list[Cell]:
    """Return the mixtures that the nearest neighbor was tried on, from few to many dimensions."""
    cells = [
        cell
        for cell in found.facts.cells
        if cell.learner is LearnerName.NEAREST and np.isfinite(cell.excess_error)
    ]
    return sorted(cells, key=lambda cell: (cell.dimensions, cell.tightness))


def _told(cell: Cell) -> str:
    return f"{cell.dimensions:,} dimensions, tightness {cell.tightness:g}: lambda_1 = {cell.coupling:.2f}"


def _quantile(cells: Sequence[Cell], judged: int = 1) -> float:
    """Return Student's t for 95 % intervals of as many values together, of the fewest repetitions."""
    fewest = min(cell.repetitions for cell in cells)
    return float(stdtrit(fewest - 1, 1 - 0.025 / judged)) if fewest > 1 else float("inf")


@finding(
    "Where subpopulations are apart, going without those seen once costs lambda_1 tau_1 for each of them.",
    "Feldman 2019: coupled subpopulations",
    "ratio 1",
    unit="excess over prediction",
    question="Do unfitted singletons cost lambda_1 tau_1 each?",
    rule=(
        f"Of the nearest neighbor's mixtures with lambda_1 of at least {COUPLED:g}, together and by Student's"
        f" 95 % interval over repetitions: holds if it lies within {100 * TOLERANCE:.0f} % of 1, differs if"
        " outside. It also differs if that of any single mixture lies outside, widened for their number."
    ),
)
def coupled_excess(found: Sampled) -> Measurement:
    cells = [cell for cell in nearest(found) if cell.coupling >= COUPLED and cell.predicted > 0]
    if not cells:
        return not_run("needs the nearest neighbor on a mixture whose subpopulations are apart")
    # What is predicted rises and falls with the excess, so its own error would only cancel some of this one.
    predicted = sum(cell.predicted for cell in cells)
    ratio = sum(cell.excess for cell in cells) / predicted
    half = _quantile(cells) * float(np.linalg.norm([cell.excess_error for cell in cells])) / predicted
    low, high = ratio - half, ratio + half
    verdict, answer = near(1, TOLERANCE, low, high), f"{ratio:.2f} of what is predicted"
    for cell in cells:  # one above and one below its prediction are not as predicted together
        own = cell.excess / cell.predicted
        wide = _quantile([cell], len(cells)) * cell.excess_error / cell.predicted
        if near(1, TOLERANCE, own - wide, own + wide) is ClaimVerdict.DIFFERS:
            verdict, answer = ClaimVerdict.DIFFERS, f"{own:.2f} of what is predicted in {_told(cell)}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer = f"{low:.2f} to {high:.2f} of what is predicted; {MORE}"
    farthest = max(cells, key=lambda cell: abs(cell.excess / cell.predicted - 1))
    note = (
        f"Nearest neighbor, all {len(cells)} mixtures with lambda_1 from {COUPLED:g} on. The farthest:"
        f" {_told(farthest)}, excess {farthest.excess:.3f}, predicted {farthest.predicted:.3f}."
    )
    return Measurement(verdict, ratio, low, high, note, answer)


@finding(
    "Where subpopulations overlap, little is lost by going without those seen once.",
    "Feldman 2019: why coupling is needed",
    "not available",
    unit="excess over tau_1 errn",
    question="Is less lost where subpopulations overlap?",
    rule=(
        f"Of the nearest neighbor's mixture with the least lambda_1, if below {APART:g}: holds if Student's"
        f" 95 % interval over repetitions lies below {100 * (1 - TOLERANCE):.0f} % of what would be lost if"
        " subpopulations were apart, differs if above."
    ),
)
def broken_coupling(found: Sampled) -> Measurement:
    cells = [cell for cell in nearest(found) if cell.coupling < APART and cell.lost > 0]
    if not cells:
        return not_run("needs the nearest neighbor on a mixture whose subpopulations overlap")
    cell = min(cells, key=lambda cell: cell.coupling)
    ratio, half = cell.excess / cell.lost, _quantile([cell]) * cell.excess_error / cell.lost
    low, high = ratio - half, ratio + half
    verdict = below(1 - TOLERANCE, low, high)
    most, least = 100 * max(high, 0), 100 * low
    share = {
        ClaimVerdict.HOLDS: f"at most {most:.0f} %",
        ClaimVerdict.DIFFERS: f"at least {least:.0f} %",
        ClaimVerdict.UNDECIDED: f"{least:.0f} to {most:.0f} %",
    }[verdict]
    answer = f"{share} of what would be lost if they were apart"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {MORE}"
    note = f"Nearest neighbor, {_told(cell)}; less than {1 - TOLERANCE:.0%} counts as little."
    return Measurement(verdict, ratio, low, high, note, answer)


@finding(
    "Examples whose subpopulation is seen once are memorized most.",
    "Feldman 2019: memorization scores",
    "not available",
    unit="difference of scores",
    question="Are examples seen once memorized most?",
    rule=(
        f"Of the nearest neighbor's mixture of most dimensions with lambda_1 of at least {COUPLED:g}: the"
        " mean score of those seen once minus that of those seen twice, three times and so on, by Student's"
        " 95 % intervals over repetitions, widened for their number. Holds if all lie above 0, differs if any"
        " lies below."
    ),
)
def singletons_memorized(found: Sampled) -> Measurement:
    cells = [cell for cell in nearest(found) if cell.coupling >= COUPLED and np.isfinite(cell.scores).all()]
    if not cells:
        return not_run("needs the nearest neighbor on a mixture whose subpopulations are apart")
    cell = cells[-1]
    quantile = _quantile([cell], len(cell.scores) - 1)
    leads = [
        (cell.scores[0] - score, quantile * float(np.hypot(cell.score_errors[0], error)))
        for score, error in zip(cell.scores[1:], cell.score_errors[1:], strict=True)
    ]
    steps = [(lead - half, lead + half) for lead, half in leads]
    verdict, least = ordered(steps), int(np.argmin([low for low, _ in steps]))
    other, (low, high) = TIMES[least + 1], steps[least]
    answer = f"{cell.scores[0]:.2f} where seen once, {cell.scores[least + 1]:.2f} where seen {other}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {MORE}"
    words = ", ".join(f"{seen + 1}: {score:.3f}" for seen, score in enumerate(cell.scores))
    note = (
        f"Score of those seen once minus that of those seen {other}, the least lead. {_told(cell)}; scores by"
        f" times seen {words}."
    )
    return Measurement(verdict, leads[least][0], low, high, note, answer)


FINDINGS: tuple[Finding, ...] = (coupled_excess, broken_coupling, singletons_memorized)
