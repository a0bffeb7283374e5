"""What depth does to somebody's own matrix."""

from math import log

from backend.studies.kit.findings import Finding, Measurement, below, finding, mean_interval, not_run
from backend.studies.matrix_factorization.claims.judging import natural
from backend.studies.matrix_factorization.facts import Brought
from backend.studies.matrix_factorization.found import Factored

LOWER = 0.99  # of the other rank: below it a rank counts as lower


def _needs(found: Factored) -> str:
    return "needs a matrix of your own" if found.params.matrix is None else ""


def _of(found: Factored, depth: int) -> dict[int, Brought]:
    return {each.split: each for each in found.facts.brought if each.depth == depth}


def _log_ratios(found: Factored, deep: int, shallow: int, quantity: str) -> list[float]:
    """Return the logarithm of a quantity at one depth over that at another, by split."""
    one, other = _of(found, deep), _of(found, shallow)
    return [
        log(getattr(one[split], quantity) / getattr(other[split], quantity))
        for split in sorted(one.keys() & other.keys())
    ]


@finding(
    "On your own matrix, too, depth 3 finds a lower rank than depth 2.",
    "Arora et al. 2019, Fig. 2 for their matrices",
    "not available for yours; 4.9 against 6.6 to 10.1 for theirs",
    unit="ratio of effective ranks",
    needs=_needs,
    question="A lower rank at depth 3 on your matrix?",
    rule=(
        "Effective rank of depth 3 over that of depth 2, by the 95 % interval of the geometric mean over"
        f" splits: holds if it lies below {LOWER:g}, differs if above: equal ranks differ by how far each was"
        " trained."
    ),
)
def own_rank(found: Factored) -> Measurement:
    """Compare effective ranks split by split."""
    return _judged(_log_ratios(found, 3, 2, "rank"), LOWER, "that of depth 2", "needs depths 2 and 3")


@finding(
    "Depth 3 fills in your matrix better than the least nuclear norm does.",
    "Arora et al. 2019, Fig. 1 for their matrices",
    "not available for yours; an error of 0.00003 against 0.106 for theirs",
    unit="ratio of held-out errors",
    needs=_needs,
    question="Does depth 3 fill in better than the least nuclear norm?",
    rule=(
        "Mean squared error on held-out entries at the end, of depth 3 over the least nuclear norm, by the"
        " 95 % interval of the geometric mean over splits: holds if it lies below 1, differs if above."
    ),
)
def own_error(found: Factored) -> Measurement:
    """Compare errors on held-out entries split by split."""
    missing = "needs depth 3 and a matrix small enough for the least nuclear norm"
    return _judged(_log_ratios(found, 3, 0, "held_out"), 1.0, "that error", missing)


def _judged(logs: list[float], most: float, other: str, missing: str) -> Measurement:
    """Judge that a ratio lies below `most` by the interval of its geometric mean over splits."""
    if not logs:
        return not_run(missing)
    mean, low, high = mean_interval(logs)
    note = f"{len(logs)} split{'s' if len(logs) > 1 else ''}."
    answer = f"{natural(mean):.2f} of {other}"
    verdict = below(log(most), low, high)
    return Measurement(verdict, natural(mean), natural(low), natural(high), note, answer)


FINDINGS: tuple[Finding, ...] = (own_rank, own_error)
