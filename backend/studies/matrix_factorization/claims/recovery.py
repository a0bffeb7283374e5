"""What is recovered, at which depth and from which initialization: Figs. 1, 2, 4 and 5."""

import itertools
from collections.abc import Callable, Mapping
from math import log10

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import wilson
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, near, not_run
from backend.studies.matrix_factorization.claims.judging import (
    EARLY,
    EXCESS,
    MORE,
    WIDENED,
    Judge,
    Judged,
    by_run,
    few,
    fits,
    least_observed,
    least_of,
    logs,
    measured,
    paired,
    power,
)
from backend.studies.matrix_factorization.facts import Fit
from backend.studies.matrix_factorization.found import Factored
from backend.studies.matrix_factorization.params import Part

RATIO = 2e-2  # of errors, depth 3 and more to depth 2
CHANGE = 3.0  # of a deep product's error over initializations
CHANGE_FROM, CHANGE_TO = 1e-4, 1e-2  # initializations over which it is measured
WORSE = 100.0  # times depth 3's error, of the least nuclear norm
RANK = 0.2  # of effective ranks
RECOVERED, EXACT = 1e-4, 1e-6  # errors of descent, and of the least nuclear norm
ENOUGH = 0.5  # of the entries, from which all recover,
MANY = 4.0  # if they are so many times what determines a matrix of the rank: the paper has 5.1

Table = Mapping[tuple[int, float], Mapping[int, Fit]]
SOURCES = {Part.COMPLETION: "Arora et al. 2019, Fig. 2", Part.SENSING: "Arora et al. 2019, Fig. 5"}
VALUES = {
    Part.COMPLETION: "3e-5 at depths 3 and 4, 2.5e-2 to 1e-1 at depth 2",
    Part.SENSING: "8e-6 at depths 3 and 4, 4.5e-4 to 3.7e-2 at depth 2",
}
ONLY = {Part.COMPLETION: "few entries", Part.SENSING: "few measurements"}


def _fewest(found: Factored, part: Part) -> Table:
    observed = least_observed(found, part)
    return {} if observed is None else by_run(found, part, observed)


def _needs(part: Part) -> Callable[[Factored], str]:
    """Return what is missing for a finding about few observations."""
    return lambda found: few(found) if part in found.params.parts else f"needs the part {part.value}"


def _needs_many(found: Factored) -> str:
    if Part.COMPLETION not in found.params.parts:
        return "needs the part completion"
    most = max(found.params.observed)
    known = most >= ENOUGH and found.params.determined(found.params.count(most)) >= MANY
    return "" if known else f"needs half of the entries observed, {MANY:g} times what determines a matrix"


def _ordering(part: Part) -> Finding:
    def depth_recovers(found: Factored) -> Measurement:
        table = _fewest(found, part)
        judged: list[tuple[Judged, Judge]] = []
        for (depth, init), deep in sorted(table.items()):
            shallow = table.get((2, init), {})
            if depth > 2 and (problems := paired(deep, shallow)):
                ratios = logs((deep[p].error, shallow[p].error) for p in problems)
                told = f"{{:.2g}} of depth 2's error, at depth {depth} from {init:g}"
                judged.append((Judged(told, ratios), lambda low, high: below(log10(RATIO), low, high)))
        return measured(
            judged,
            "needs depth 2 and a larger one at the same initialization",
            f"Geometric means over problems. {EARLY}",
            power,
        )

    depth_recovers.__name__ = f"depth_recovers_{part}"
    return finding(
        f"From {ONLY[part]}, depths 3 and 4 recover the matrix and depth 2 does not.",
        SOURCES[part],
        VALUES[part],
        unit="ratio of errors",
        needs=_needs(part),
        question=f"From {ONLY[part]}, do deeper products recover better?",
        rule=(
            f"Error of each larger depth over that of depth 2, at every initialization, by 95 % intervals of"
            f" geometric means over problems: holds if all lie below {RATIO:g}, differs if any, {WIDENED},"
            " lies above."
        ),
    )(depth_recovers)


def _insensitive(part: Part) -> Finding:
    def deep_insensitive(found: Factored) -> Measurement:
        table = _fewest(found, part)
        judged: list[tuple[Judged, Judge]] = []
        for depth in sorted({depth for depth, _ in table if depth > 2}):
            runs = [
                table[depth, init]
                for init in found.params.inits
                if (depth, init) in table and CHANGE_FROM <= init <= CHANGE_TO
            ]
            if len(runs) > 1 and (problems := paired(*runs)):
                errors = [[run[p].error for run in runs] for p in problems]
                changes = logs((max(each), min(each)) for each in errors)
                judged.append(
                    (
                        Judged(f"depth {depth}'s error changes by a factor of {{:.2g}}", changes),
                        lambda low, high: below(log10(CHANGE), low, high),
                    )
                )
        return measured(
            judged,
            f"needs depth 3 or more at two initializations from {CHANGE_FROM:g} to {CHANGE_TO:g}",
            f"Largest over smallest error, initializations {CHANGE_FROM:g} to {CHANGE_TO:g}. {EARLY}",
            power,
        )

    deep_insensitive.__name__ = f"deep_insensitive_{part}"
    return finding(
        "At depths 3 and 4 the initialization hardly matters.",
        SOURCES[part],
        "3e-5 to 4e-5" if part is Part.COMPLETION else "8e-6 to 1.6e-5",
        unit="ratio of errors",
        needs=_needs(part),
        question="Is the initialization of deep products unimportant?",
        rule=(
            "Each larger depth's largest over its smallest error among initializations, by 95 % intervals of"
            f" geometric means over problems: holds if all lie below {CHANGE:g}, differs if any, {WIDENED},"
            " lies above."
        ),
    )(deep_insensitive)


def _shallow(part: Part) -> Finding:
    def shallow_improves(found: Factored) -> Measurement:
        table = _fewest(found, part)
        inits = sorted(init for depth, init in table if depth == 2)
        judged: list[tuple[Judged, Judge]] = []
        for small, large in itertools.pairwise(inits):
            if problems := paired(table[2, small], table[2, large]):
                ratios = logs((table[2, large][p].error, table[2, small][p].error) for p in problems)
                judged.append(
                    (
                        Judged(f"from {large:g} its error is {{:.2g}} times that from {small:g}", ratios),
                        lambda low, high: above(0, low, high),
                    )
                )
        return measured(
            judged,
            "needs depth 2 at two initializations",
            EARLY,
            power,
        )

    shallow_improves.__name__ = f"shallow_improves_{part}"
    return finding(
        "At depth 2 a smaller initialization recovers better.",
        SOURCES[part],
        "2.5e-2 at 1e-5, 1e-1 at 1e-2" if part is Part.COMPLETION else "4.5e-4 at 1e-6, 3.7e-2 at 1e-2",
        unit="ratio of errors",
        needs=_needs(part),
        question="Does depth 2 recover better from a smaller initialization?",
        rule=(
            "Depth 2's error at each initialization over that at the next smaller one, by 95 % intervals of"
            f" geometric means over problems: holds if all lie above 1, differs if any,"
            f" {WIDENED}, lies below."
        ),
    )(shallow_improves)


@finding(
    "The least nuclear norm is lower than that of deep products, and recovers worse.",
    "Arora et al. 2019, Fig. 2",
    "210.15 against 219.5, with an error of 0.106 against 3e-5",
    unit="ratio of errors",
    needs=_needs(Part.COMPLETION),
    question="Lower norm, worse recovery?",
    rule=(
        "At the fewest entries and the smallest initialization, by 95 % intervals over problems:"
        f" holds if the norms of depths 2 and 3 are above the least one by more than {EXCESS:.1%}, which"
        f" fits of a small error may differ by, and its error above {WORSE:g} times that of depth 3, differs"
        f" if one of these, {WIDENED}, is surely not so."
    ),
)
def lower_norm_worse(found: Factored) -> Measurement:
    table, observed = _fewest(found, Part.COMPLETION), least_observed(found, Part.COMPLETION)
    init = min((init for depth, init in table if depth == 3), default=0.0)
    two, three = table.get((2, init), {}), table.get((3, init), {})
    least = {} if observed is None else least_of(found, Part.COMPLETION, observed)
    problems = paired(two, three, least)
    if not problems:
        return not_run("needs depths 2 and 3 and the least nuclear norm of one problem")
    errors = Judged(
        "an error {:,.0f} times that of depth 3", logs((least[p].error, three[p].error) for p in problems)
    )
    judged: list[tuple[Judged, Judge]] = [(errors, lambda low, high: above(log10(WORSE), low, high))]
    for depth, runs in ((2, two), (3, three)):
        norms = Judged(
            f"depth {depth} has {{:.4f}} times the least norm",
            logs((runs[p].nuclear, least[p].nuclear) for p in problems),
        )
        judged.append((norms, lambda low, high: above(log10(1 + EXCESS), low, high)))
    gap = max(least[p].gap for p in problems)
    note = f"The least norm is proven to a relative gap of {gap:.1g}."
    return measured(judged, "", note, power)


@finding(
    "The effective rank of depths 3 and 4 is that of the matrix; depth 2's is higher.",
    "Arora et al. 2019, Fig. 2",
    "4.9 to 5.0 for 4.9; 6.6 to 10.1 at depth 2",
    unit="effective rank",
    needs=_needs(Part.COMPLETION),
    question="Do deep products find the rank?",
    rule=(
        "At the fewest entries and every initialization, by 95 % intervals over problems:"
        f" holds if larger depths are within {RANK:g} of the matrix and depth 2 is above depth 3,"
        f" differs if one of these, {WIDENED}, is surely not so."
    ),
)
def rank_found(found: Factored) -> Measurement:
    table = _fewest(found, Part.COMPLETION)
    truth = {truth.problem: truth.rank for truth in found.facts.truths}
    judged: list[tuple[Judged, Judge]] = []
    for (depth, init), runs in sorted(table.items(), reverse=True):
        known = [run for run in runs.values() if run.problem in truth]
        if depth > 2 and known:
            excess = [run.rank - truth[run.problem] for run in known]
            told = f"at depth {depth} from {init:g} it is {{:+.2g}} off"
            judged.append((Judged(told, excess), lambda low, high: near(0, RANK, low, high)))
        if depth == 3 and (problems := paired(runs, table.get((2, init), {}))):
            lead = [table[2, init][p].rank - runs[p].rank for p in problems]
            judged.append(
                (
                    Judged(f"from {init:g} depth 2 is {{:+.2g}} above depth 3", lead),
                    lambda low, high: above(0, low, high),
                )
            )
    return measured(judged, "needs depth 3 or more", f"Effective ranks. {EARLY}")


@finding(
    "From half of the entries every depth recovers the matrix, and so does the least nuclear norm.",
    "Arora et al. 2019, Fig. 2",
    "4e-6 to 9e-5; least nuclear norm 8e-7",
    unit="share of problems",
    needs=_needs_many,
    question="From half of the entries, do all recover?",
    rule=(
        f"A problem counts as recovered with an error below {RECOVERED:g} at every initialization, {EXACT:g}"
        " for the least nuclear norm. Of each depth and of the least norm, by Wilson's 95 % interval:"
        f" holds if more than half of the problems are recovered by each, differs if, {WIDENED},"
        " less by any."
    ),
)
def all_recover(found: Factored) -> Measurement:
    observed = max((fit.observed for fit in fits(found, Part.COMPLETION)), default=0)
    table = by_run(found, Part.COMPLETION, observed)
    solved: dict[str, list[bool]] = {}
    for depth in sorted({depth for depth, _ in table if depth > 1}):  # one matrix leaves the rest as it was
        runs = [each for (other, _), each in table.items() if other == depth]
        solved[f"depth {depth}"] = [all(run[p].error < RECOVERED for run in runs) for p in paired(*runs)]
    least = least_of(found, Part.COMPLETION, observed)
    solved["least nuclear norm"] = [each.error < EXACT for each in least.values()]
    known = {name: values for name, values in solved.items() if values}
    if len(known) < 2:
        return not_run("waits for runs from half of the entries")
    worst = min(known, key=lambda name: (np.mean(known[name]), -len(known[name])))
    verdict = ClaimVerdict.HOLDS
    low, high = _share_interval(known[worst])
    if any(above(0.5, *_share_interval(v, len(known))) is ClaimVerdict.DIFFERS for v in known.values()):
        verdict, (low, high) = ClaimVerdict.DIFFERS, _share_interval(known[worst], len(known))
    elif any(above(0.5, *_share_interval(v)) is not ClaimVerdict.HOLDS for v in known.values()):
        verdict = ClaimVerdict.UNDECIDED
    share = float(np.mean(known[worst]))
    answer = f"{sum(known[worst])} of {len(known[worst])} problems by the {worst}".replace(
        "the depth", "depth"
    )
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {MORE}"
    note = ", ".join(f"{name}: {sum(values)} of {len(values)}" for name, values in known.items()) + "."
    return Measurement(verdict, share, low, high, note, answer)


def _share_interval(solved: list[bool], together: int = 1) -> tuple[float, float]:
    low, high = wilson(sum(solved), len(solved), 1 - 0.05 / together)
    return float(low), float(high)


FINDINGS: tuple[Finding, ...] = (
    _ordering(Part.COMPLETION),
    _insensitive(Part.COMPLETION),
    _shallow(Part.COMPLETION),
    lower_norm_worse,
    rank_found,
    all_recover,
    _ordering(Part.SENSING),
    _insensitive(Part.SENSING),
    _shallow(Part.SENSING),
)
