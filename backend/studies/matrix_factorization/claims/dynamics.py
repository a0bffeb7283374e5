"""How singular values grow: Theorem 3, and Fig. 3."""

from math import log10

from backend.studies.kit.findings import Finding, Measurement, above, below, finding, not_run, within
from backend.studies.matrix_factorization.claims.judging import (
    WIDENED,
    Judge,
    Judged,
    few,
    logs,
    measured,
    power,
)
from backend.studies.matrix_factorization.facts import Dynamics
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import Part

THEOREM = 1e-4  # relative error by finite differences
GAPS: dict[int, tuple[Judge, str]] = {  # the next value over the last one of the rank, in the end
    1: (lambda low, high: above(log10(0.8), low, high), "above 0.8 at depth 1"),
    2: (lambda low, high: within(log10(0.05), log10(0.5), low, high), "from 0.05 to 0.5 at depth 2"),
    3: (lambda low, high: below(log10(0.01), low, high), "below 0.01 at depth 3"),
}
ALIGNED = 5.0
BALANCED = 0.01  # relative change of balance, up to which the growth law is taken to hold


def _needs(found: Factored) -> str:
    return "" if Part.DYNAMICS in found.params.parts else "needs the part dynamics"


def _at(found: Factored, depth: int) -> list[Dynamics]:
    return [run for run in found.facts.dynamics if run.depth == depth]


def gap(run: Dynamics, rank: int) -> float:
    """Return the first singular value beyond the rank over the last one within it, in the end."""
    return run.final[rank] / run.final[rank - 1]


@finding(
    "Singular values grow as Theorem 3 has it.",
    "Arora et al. 2019, Theorem 3",
    "equal",
    unit="relative error",
    needs=_needs,
    arithmetic=True,
    question="Do singular values grow as the theorem has it?",
    rule=f"Holds if the largest relative error is below {THEOREM:g}, differs if it is above.",
)
def growth_theorem(found: Factored) -> Measurement:
    if not found.facts.dynamics:
        return not_run("waits for the dynamics")
    worst = max(run.theorem for run in found.facts.dynamics)
    note = (
        "Balanced factors of 1 to 4 layers are made of the product where its values grow fastest, and stepped"
        " along the gradient. It holds by proof, and this checks our formulas."
    )
    return Measurement(below(THEOREM, worst, worst), worst, note=note, answer=f"off by at most {worst:.1g}")


@finding(
    "Factors that begin balanced stay balanced while steps are small, as Theorem 3 asks for.",
    "Arora et al. 2019, section 3.1",
    "balance is kept by gradient flow",
    unit="relative drift",
    needs=_needs,
    question="Do factors stay balanced?",
    rule=(
        "The largest change of balance between neighboring factors at the end, over the size of theirs, by"
        f" 95 % intervals of geometric means over problems: holds if they lie below {BALANCED:g} at depths 2"
        f" and 3, differs if one, {WIDENED}, lies above. Half the rate leaves half the drift."
    ),
)
def stays_balanced(found: Factored) -> Measurement:
    judge: Judge = lambda low, high: below(log10(BALANCED), low, high)  # noqa: E731
    judged = [
        (Judged(f"a drift of {{:.1g}} at depth {depth}", logs((run.drift, 1.0) for run in runs)), judge)
        for depth in (3, 2)
        if (runs := _at(found, depth))
    ]
    if len(judged) < 2:
        return not_run("waits for depths 2 and 3")
    return measured(judged, "", f"At a rate of {found.params.dynamics_rate:g}.", power)


@finding(
    "The deeper the product, the larger the gap behind the singular values of the rank.",
    "Arora et al. 2019, Fig. 3",
    "about 1 at depth 1, 3 to 6 over 25 at depth 2, about 0 at depth 3",
    unit="ratio of singular values",
    needs=lambda found: _needs(found) or few(found),
    question="Does depth open a gap in the spectrum?",
    rule=(
        "The first singular value beyond the rank over the last within it, at the end, by 95 % intervals of"
        f" geometric means over problems: holds if they lie {', '.join(words for _, words in GAPS.values())},"
        f" differs if one, {WIDENED}, lies outside."
    ),
)
def spectrum_gap(found: Factored) -> Measurement:
    rank = found.params.rank
    judged = [
        (Judged(f"a ratio of {{:.2g}} at depth {depth}", [log10(gap(run, rank)) for run in runs]), judge)
        for depth, (judge, _) in GAPS.items()
        if (runs := _at(found, depth))
    ]
    if len(judged) < len(GAPS):
        return not_run("waits for the dynamics of depths 1 to 3")
    told = [each.told.format(power(sum(each.values) / len(each.values))) for each, _ in judged]
    return measured(judged, "", f"{', '.join(told)}.".capitalize(), power)


@finding(
    "At depth 3 singular values rise one after the other.",
    "Arora et al. 2019, Fig. 3",
    "at 8.5, 9.8, 11, 13 and 15.5 thousand steps",
    unit="share of the first one's steps",
    needs=lambda found: _needs(found) or ("" if found.params.rank > 1 else "needs a rank of 2 or more"),
    question="Do they rise one after the other?",
    rule=(
        "Steps until a value reaches a tenth of what it is in the end, minus those of the one before, over"
        " those of the first; by 95 % intervals over problems: holds if all lie above 0,"
        f" differs if any, {WIDENED}, lies below."
    ),
)
def sequential(found: Factored) -> Measurement:
    runs = _at(found, 3)
    judged: list[tuple[Judged, Judge]] = [
        (
            Judged(
                f"value {place + 2} rises {{:.2f}} of the first one's steps after value {place + 1}",
                [(run.crossed[place + 1] - run.crossed[place]) / run.crossed[0] for run in runs],
            ),
            lambda low, high: above(0, low, high),
        )
        for place in range(found.params.rank - 1)
        if runs
    ]
    return measured(judged, "waits for depth 3", "")


@finding(
    "Singular vectors align with those of the gradient.",
    "Arora et al. 2019, Fig. 3",
    "about 10",
    unit="diagonal over off-diagonal",
    needs=_needs,
    question="Do singular vectors align with the gradient's?",
    rule=(
        "Mean of |U^T grad V| on the diagonal over that off it, over the run at depth 2, by the 95 % interval"
        f" of the geometric mean over problems: holds if it lies above {ALIGNED:g}, differs if below."
    ),
)
def aligned(found: Factored) -> Measurement:
    runs = _at(found, 2)
    judge: Judge = lambda low, high: above(log10(ALIGNED), low, high)  # noqa: E731
    judged = (
        [
            (
                Judged(
                    "{:.1f} times as much on the diagonal",
                    logs((run.diagonal, run.off_diagonal) for run in runs),
                ),
                judge,
            )
        ]
        if runs
        else []
    )
    note = f"Of the {2 * found.params.rank} leading singular vectors."
    return measured(judged, "waits for depth 2", note, power)


FINDINGS: tuple[Finding, ...] = (growth_theorem, stays_balanced, spectrum_gap, sequential, aligned)
