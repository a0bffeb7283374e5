"""Whether depth minimizes the nuclear norm: it does where that recovers, and not where that fails."""

from math import log

from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.matrix_factorization.claims.judging import (
    EARLY,
    EXCESS,
    WIDENED,
    Judge,
    Judged,
    by_run,
    least_of,
    measured,
    natural,
    paired,
)
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import CONJECTURE_DEPTHS, Part

RECOVERS = 1e-3  # an error below it counts as recovered


def _needs(found: Factored) -> str:
    return "" if Part.CONJECTURE in found.params.parts else "needs the part conjecture"


def errors(found: Factored, depth: int | None) -> dict[int, dict[int, float]]:
    """Return problem -> observations -> error, of a depth or of the least nuclear norm."""
    table: dict[int, dict[int, float]] = {}
    init = min(found.params.inits)
    for observed in found.params.swept():
        runs = (
            least_of(found, Part.CONJECTURE, observed)
            if depth is None
            else by_run(found, Part.CONJECTURE, observed).get((depth, init), {})
        )
        for problem, run in runs.items():
            table.setdefault(problem, {})[observed] = run.error
    return table


def excesses(found: Factored, depth: int) -> dict[tuple[int, int], float]:
    """Return (problem, observations) -> nuclear norm of a depth over the least one, minus 1.

    Runs that have not fit agree with nothing, so their norms compare with nothing.
    """
    values: dict[tuple[int, int], float] = {}
    init = min(found.params.inits)
    for observed in found.params.swept():
        least = least_of(found, Part.CONJECTURE, observed)
        runs = by_run(found, Part.CONJECTURE, observed).get((depth, init), {})
        for p in paired(least, runs):
            if runs[p].fit:
                values[p, observed] = runs[p].nuclear / least[p].nuclear - 1
    return values


def crossover(by_observed: dict[int, float]) -> int | None:
    """Return from which number of observations on the error stays below `RECOVERS`, None if never."""
    start = None
    for observed, error in sorted(by_observed.items(), reverse=True):
        if error >= RECOVERS:
            break
        start = observed
    return start


@finding(
    "Depth 3 recovers from fewer entries than the least nuclear norm.",
    "Arora et al. 2019, Fig. 2: at 2,000 of 10,000 entries",
    "recovered, against an error of 0.106",
    unit="ratio of entries",
    needs=_needs,
    question="Does depth 3 need fewer entries than the least nuclear norm?",
    rule=(
        f"The entries from which on the least nuclear norm's error stays below {RECOVERS:g}, over those of"
        " depth 3, by the 95 % interval of the geometric mean over problems: holds if it lies above 1,"
        " differs if below. What never recovers counts as recovering at the last of the sweep."
    ),
)
def fewer_entries(found: Factored) -> Measurement:
    deep, least, swept = errors(found, 3), errors(found, None), found.params.swept()
    whole = [p for p in sorted(deep.keys() & least.keys()) if len(deep[p]) == len(least[p]) == len(swept)]
    if not whole:
        return not_run("waits for a problem's whole sweep")
    last = swept[-1]
    starts = [(crossover(least[p]) or last, crossover(deep[p]) or last) for p in whole]
    judged: list[tuple[Judged, Judge]] = [
        (
            Judged(
                "the least norm needs {:.2f} times as many", [log(norm / depth) for norm, depth in starts]
            ),
            lambda low, high: above(0, low, high),
        )
    ]
    mean = [sum(each) / len(each) for each in zip(*starts, strict=True)]
    note = (
        f"On average from {mean[0]:,.0f} entries on for the least norm, {mean[1]:,.0f} for depth 3. {EARLY}"
    )

    return measured(judged, "", note, natural)


@finding(
    "Where the least nuclear norm does not recover, descent does not find it.",
    "Arora et al. 2019, Fig. 2",
    "219.5 at depth 3 and 215.5 to 217.2 at depth 2, for 210.15",
    unit="excess over the least",
    needs=_needs,
    question="Does descent find another norm than the least?",
    rule=(
        "Nuclear norm of what depths 2 and 3 fit over the least one, minus 1, averaged over the entries at"
        f" which the least norm's error is above {RECOVERS:g}; by 95 % intervals over problems:"
        f" holds if both lie above {EXCESS:g}, differs if one, {WIDENED}, lies below."
    ),
)
def another_norm(found: Factored) -> Measurement:
    judged = []
    failing = errors(found, None)
    for depth in CONJECTURE_DEPTHS:
        by_problem: dict[int, list[float]] = {}
        for (problem, observed), excess in excesses(found, depth).items():
            if failing[problem][observed] > RECOVERS:
                by_problem.setdefault(problem, []).append(excess)
        if by_problem:
            means = [sum(values) / len(values) for values in by_problem.values()]
            judge: Judge = lambda low, high: above(EXCESS, low, high)  # noqa: E731
            judged.append((Judged(f"depth {depth} is {{:.1%}} above the least", means), judge))
    if len(judged) < 2:
        return not_run("needs depths 2 and 3 where the least nuclear norm does not recover")
    return measured(judged, "", "Runs that ended early are left out: they agree with nothing.")


FINDINGS: tuple[Finding, ...] = (fewer_entries, another_norm)
