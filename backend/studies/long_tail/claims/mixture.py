"""What of the theory carries over to mixtures, where examples of a subpopulation are alike, not equal."""

import numpy as np

from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, near, not_run
from backend.studies.long_tail.facts import Cell
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.params import LearnerName

COUPLED = 0.95  # lambda_1 from which on a learner counts as coupled,
APART = 0.5  # and below which its coupling counts as broken
TOLERANCE = 0.15  # of the excess error, relative to what the theorem has it be
Z = normal_quantile(0.95)


def nearest(found: Sampled) -> list[Cell]:
    """Return the mixtures that the nearest neighbor was tried on, from few to many dimensions."""
    cells = [cell for cell in found.facts.cells if cell.learner is LearnerName.NEAREST]
    return sorted(cells, key=lambda cell: (cell.dimensions, cell.tightness))


def _told(cell: Cell) -> str:
    return f"{cell.dimensions:,} dimensions, tightness {cell.tightness:g}: lambda_1 = {cell.coupling:.2f}"


@finding(
    "Where subpopulations are apart, going without those seen once costs lambda_1 tau_1 for each of them.",
    "Feldman 2019: coupled subpopulations",
    "ratio 1",
    unit="excess over prediction",
)
def coupled_excess(found: Sampled) -> Measurement:
    cells = [cell for cell in nearest(found) if cell.coupling >= COUPLED and cell.predicted > 0]
    if not cells:
        return not_run("needs the nearest neighbor on a mixture whose subpopulations are apart")
    predicted = sum(cell.predicted for cell in cells)
    ratio = sum(cell.excess for cell in cells) / predicted
    half = Z * float(np.linalg.norm([cell.excess_error for cell in cells])) / predicted
    low, high = ratio - half, ratio + half
    farthest = max(cells, key=lambda cell: abs(cell.excess / cell.predicted - 1))
    note = (
        f"Nearest neighbor, all {len(cells)} mixtures with lambda_1 from {COUPLED:g} on. The farthest:"
        f" {_told(farthest)}, excess {farthest.excess:.3f}, predicted {farthest.predicted:.3f}."
    )
    return Measurement(near(1, TOLERANCE, low, high), ratio, low, high, note)


@finding(
    "Where subpopulations overlap, little is lost by going without those seen once.",
    "Feldman 2019: why coupling is needed",
    "not available",
    unit="excess over tau_1 errn",
)
def broken_coupling(found: Sampled) -> Measurement:
    cells = [cell for cell in nearest(found) if cell.coupling < APART and cell.lost > 0]
    if not cells:
        return not_run("needs the nearest neighbor on a mixture whose subpopulations overlap")
    cell = min(cells, key=lambda cell: cell.coupling)
    ratio, half = cell.excess / cell.lost, Z * cell.excess_error / cell.lost
    low, high = ratio - half, ratio + half
    note = f"Nearest neighbor, {_told(cell)}; less than {1 - TOLERANCE:.0%} counts as little."
    return Measurement(below(1 - TOLERANCE, low, high), ratio, low, high, note)


@finding(
    "Examples whose subpopulation is seen once are memorized most.",
    "Feldman 2019: memorization scores",
    "not available",
    unit="difference of scores",
)
def singletons_memorized(found: Sampled) -> Measurement:
    cells = [cell for cell in nearest(found) if cell.coupling >= COUPLED and np.isfinite(cell.scores).all()]
    if not cells:
        return not_run("needs the nearest neighbor on a mixture whose subpopulations are apart")
    cell = cells[-1]
    other = 1 + int(np.argmax(cell.scores[1:]))
    lead = cell.scores[0] - cell.scores[other]
    half = Z * float(np.hypot(cell.score_errors[0], cell.score_errors[other]))
    words = ", ".join(f"{seen + 1}: {score:.3f}" for seen, score in enumerate(cell.scores))
    note = f"Score of those seen once minus the highest other. {_told(cell)}; scores by times seen {words}."
    return Measurement(above(0, lead - half, lead + half), lead, lead - half, lead + half, note)


FINDINGS: tuple[Finding, ...] = (coupled_excess, broken_coupling, singletons_memorized)
