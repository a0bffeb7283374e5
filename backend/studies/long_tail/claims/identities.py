"""What the closed forms must satisfy: bounds of the paper, and identities that hold by proof."""

from collections.abc import Callable
from functools import wraps

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, finding, near, not_run, within
from backend.studies.long_tail.facts import Identities
from backend.studies.long_tail.found import Sampled
from backend.studies.long_tail.numbers import GRID, WITHOUT_TAIL

SETTING = "ours, closed form on lists chosen here"
PROVED = "It holds by proof, and this checks our formulas."


def _known(measure: Callable[[Identities], Measurement]) -> Callable[[Sampled], Measurement]:
    """Have a claim measured on the identities, once they are computed."""

    @wraps(measure)
    def measured(found: Sampled) -> Measurement:
        known = found.facts.identities
        return not_run("waits until it is computed") if known is None else measure(known)

    return measured


def _zero(difference: float, tolerance: float, note: str) -> Measurement:
    verdict = near(0, tolerance, difference, difference)
    return Measurement(
        verdict, difference, note=f"{note} {PROVED}", answer=f"they differ by {abs(difference):.1g}"
    )


def _bounded(verdict: ClaimVerdict, ratio: float, note: str) -> Measurement:
    return Measurement(verdict, ratio, note=f"{note} {PROVED}", answer=f"{ratio:.3g} times the bound")


@finding(
    "Under a long tail, tau_1 is at least the tail's weight over 5 n.",
    "Feldman 2019: the bound for long tails",
    "ratio of at least 1",
    unit="tau_1 over its bound",
    setting=SETTING,
    arithmetic=True,
    question="Is a long tail worth at least its bound?",
    rule="Holds if the least ratio of tau_1 to its lower bound is at least 1, differs if it is less.",
)
@_known
def long_tail_floor(known: Identities) -> Measurement:
    note = f"The least ratio of {len(GRID)} lists under Zipf's law, of those with weight from 1/3n to 2/n."
    return _bounded(within(1, float("inf"), known.floor, known.floor), known.floor, note)


@finding(
    "Without a tail, a point seen once is worth at most twice the frequency of rare points.",
    "Feldman 2019: the bound for lists without a tail",
    "ratio of at most 1",
    unit="tau_1 over its bound",
    setting=SETTING,
    arithmetic=True,
    question="Without a tail, is it worth at most its bound?",
    rule="Holds if the largest ratio of tau_1 to its upper bound is at most 1, differs if it is more.",
)
@_known
def no_tail_ceiling(known: Identities) -> Measurement:
    note = f"The largest ratio of {len(WITHOUT_TAIL)} lists with half of the mass on few points."
    return _bounded(within(0, 1, known.ceiling, known.ceiling), known.ceiling, note)


@finding(
    "The share of singletons among n samples is the mass that n - 1 samples have not shown.",
    "Good 1953, which Feldman 2019 builds on",
    "difference 0",
    arithmetic=True,
    question="Is the share of singletons the mass not shown?",
    rule="Holds if both sides differ by at most 1e-12, which rounding can do, differs if by more.",
)
@_known
def good_turing(known: Identities) -> Measurement:
    return _zero(known.turing, 1e-12, "Under the experiment's own list.")


@finding(
    "The mean memorization score is the generalization gap.",
    "Feldman 2019: memorization and generalization",
    "difference 0",
    setting=SETTING,
    arithmetic=True,
    question="Is the mean score the generalization gap?",
    rule="Holds if both sides differ by at most 1e-10, which rounding can do, differs if by more.",
)
@_known
def memorization_is_the_gap(known: Identities) -> Measurement:
    note = (
        f"Over all samples of a few points: mean score {known.memorization:.4f}, error after n - 1 samples"
        f" minus error on the n samples {known.gap:.4f}. Points seen once score {known.scores[0]:.2f}, twice"
        f" {known.scores[1]:.2f}."
    )
    return _zero(known.memorization - known.gap, 1e-10, note)


@finding(
    "With 10 classes, privacy of epsilon = ln 6 costs as much as a limit of 1/2 on memorization.",
    "Feldman 2019: differential privacy",
    "difference 0",
    setting=SETTING,
    arithmetic=True,
    question="Do privacy and the limit cost the same?",
    rule="Holds if both sides differ by at most 1e-12, which rounding can do, differs if by more.",
)
@_known
def price_of_privacy(known: Identities) -> Measurement:
    return _zero(known.prices, 1e-12, "Zipf's law with N = n = 50,000.")


FINDINGS: tuple[Finding, ...] = (
    long_tail_floor,
    no_tail_ceiling,
    good_turing,
    memorization_is_the_gap,
    price_of_privacy,
)
