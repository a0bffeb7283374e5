"""What Yang et al. 2023 found, held against an experiment's networks, paired over runs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.networks.ladders import Family
from backend.statistics.intervals import THRESHOLD
from backend.studies.kit.findings import (
    Finding,
    Measurement,
    above,
    finding,
    mean_interval,
    near,
    not_run,
)
from backend.studies.resmem.facts import Net
from backend.studies.resmem.numbers import (
    FITS,
    LEAVES,
    Floats,
    Remembered,
    by_examples,
    by_size,
    counted,
    difference,
    paired,
    sizes_that_fit,
    tail_lead,
    whole,
)

FEWEST = 3  # networks, below which nobody knows how much they differ
DIGITS = 12  # of differences of accuracies: beyond them equal ones differ by rounding
NOTHING = 0.005  # a gain that counts as none
ALL = 0.99  # training accuracy of a memory that has kept everything
HEADLINE, HEADLINE_TOLERANCE = 0.032, 0.01  # 56.46 % to 59.66 %
PAPER = "Yang et al. 2023"
OVER_RUNS = "by the 95 % t-interval over networks, which share the test examples"


def _judged(
    values: Floats, judge: Callable[[float, float], ClaimVerdict], said: str, note: str, missing: str
) -> Measurement:
    """Judge the mean of values (runs,) by its interval; `said` follows the mean in points."""
    if len(values) < FEWEST:
        return not_run(f"needs {FEWEST} networks of each size that is compared{missing}")
    mean, low, high = mean_interval(np.round(values, DIGITS).tolist())
    verdict = judge(low, high)
    answer = f"{100 * mean:+.2f} points".replace("-", "\N{MINUS SIGN}") + f" {said}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f", {100 * low:+.2f} to {100 * high:+.2f}; more networks or test examples would tell"
    return Measurement(verdict, mean, low, high, f"{len(values)} networks of each size. {note}", answer)


def _of(groups: Sequence[Sequence[Net]]) -> str:
    return f"Sizes {', '.join(f'{nets[0].size:,}' for nets in groups)}."


def _gain(net: Net) -> float:
    return net.test.gain


@finding(
    "A memory of residuals improves networks that do not interpolate.",
    f"{PAPER}, section 4",
    "3.2 points for ResNet-8 on CIFAR-100 (recalled)",
    unit="gain in test accuracy",
    question="Does memory help networks that do not interpolate?",
    rule=f"Of sizes with a training accuracy below {LEAVES:.0%} on average, the mean gain in test accuracy,"
    f" {OVER_RUNS}: holds if it lies above 0, differs if below.",
)
def gain(found: Remembered) -> Measurement:
    groups = sizes_that_fit(found, 0, LEAVES)
    missing = f", with a training accuracy below {LEAVES:.0%}"
    return _judged(paired(groups, _gain), partial(above, 0), "of test accuracy", _of(groups), missing)


@finding(
    "Where a network interpolates, residuals vanish and so does the gain.",
    f"{PAPER}, section 4",
    "about 0 (recalled)",
    unit="gain in test accuracy",
    question="Does memory add nothing to networks that interpolate?",
    rule=f"Of sizes with a training accuracy of at least {FITS:.1%} on average, the mean gain, {OVER_RUNS}:"
    f" holds if it lies within {100 * NOTHING:g} points of 0, differs if outside.",
)
def no_gain(found: Remembered) -> Measurement:
    groups = sizes_that_fit(found, FITS)
    missing = f", with a training accuracy of at least {FITS:.1%}: larger networks or more epochs"
    return _judged(paired(groups, _gain), partial(near, 0, NOTHING), "of test accuracy", _of(groups), missing)


@finding(
    "The larger the network, the less its memory adds.",
    f"{PAPER}, Fig. 2 right",
    "not available for each network",
    unit="difference of gains",
    question="Does memory add less to larger networks?",
    rule=f"The gain of the smallest size minus that of the largest, {OVER_RUNS}: holds if it lies above 0,"
    " differs if below.",
)
def shrinks(found: Remembered) -> Measurement:
    sizes = list(by_size(whole(found)).values())
    values = difference(sizes[0], sizes[-1], _gain) if len(sizes) > 1 else np.zeros(0)
    return _judged(values, partial(above, 0), "more at the smallest size", _of(sizes), ", and two sizes")


@finding(
    "Neighbors alone are worse than a network with neighbors for its residuals.",
    f"{PAPER}, section 4",
    "not available",
    unit="difference of test accuracies",
    question="Does the network with memory beat its neighbors alone?",
    rule="Neighbors by the same features vote with their labels, with the k and sigma that suit them best on"
    f" held-out examples. The accuracy of ResMem minus theirs over all sizes, {OVER_RUNS}: holds if it lies"
    " above 0, differs if below.",
)
def beats_neighbors(found: Remembered) -> Measurement:
    groups = list(by_size(whole(found)).values())
    values = paired(groups, lambda net: net.test.resmem - net.test.knn)
    each = ", ".join(
        f"{nets[0].size:,}: {100 * paired([nets], lambda net: net.test.resmem - net.test.knn).mean():+.2f}"
        for nets in groups
    )
    return _judged(values, partial(above, 0), "over neighbors alone", f"Points by size: {each}.", "")


@finding(
    "The more examples there are, the more memory adds.",
    f"{PAPER}, Fig. 2 left",
    "grows from 10 to 100 % of CIFAR-100 (recalled)",
    unit="difference of gains",
    question="Does memory add more where there are more examples?",
    rule="At the smallest size, the gain with the whole training set minus that with the smallest share,"
    f" {OVER_RUNS}: holds if it lies above 0, differs if below.",
)
def grows(found: Remembered) -> Measurement:
    groups = by_examples(found)
    values = difference(groups[max(groups)], groups[min(groups)], _gain) if len(groups) > 1 else np.zeros(0)
    each = ", ".join(f"{n:,}: {100 * paired([nets], _gain).mean():+.2f}" for n, nets in groups.items())
    return _judged(
        values,
        partial(above, 0),
        "more with all examples",
        f"Points by examples: {each}.",
        ", and two shares",
    )


@finding(
    "With its memory a network fits the training set.",
    f"{PAPER}, section 4",
    "about 100 % (recalled)",
    unit="training accuracy",
    question="Does a network with memory fit its training set?",
    rule=f"The training accuracy of ResMem over all sizes, {OVER_RUNS}: holds if it lies above {ALL:.0%},"
    " differs if below. With many neighbors and a wide sigma an example's own residual is outvoted.",
)
def fits(found: Remembered) -> Measurement:
    groups = list(by_size(whole(found)).values())
    values = paired(groups, lambda net: net.train.resmem)
    alone = paired(groups, lambda net: net.train.base)
    note = f"Without memory {alone.mean():.2%}." if len(alone) else ""
    ours = _judged(values, partial(above, ALL), "", note, "")
    return replace(ours, answer=f"{ours.measured:.2%}") if ours.measured is not None else ours


@finding(
    "ResNet-8 gains 3.2 points on CIFAR-100.",
    f"{PAPER}, section 4",
    "56.46 % to 59.66 % (recalled)",
    unit="gain in test accuracy",
    question="Does ResNet-8 gain 3.2 points?",
    rule=f"The gain of ResNet-8, {OVER_RUNS}: holds if it lies within {100 * HEADLINE_TOLERANCE:g} point of"
    f" {100 * HEADLINE:g}, differs if outside.",
    of=lambda params: (
        (params.dataset, params.family) == ("cifar100", Family.RESNET_DEPTH) and 8 in params.sizes
    ),
)
def headline(found: Remembered) -> Measurement:
    groups = [nets for size, nets in by_size(whole(found)).items() if size == 8]
    judge = partial(near, HEADLINE, HEADLINE_TOLERANCE)
    base = f"Without memory {paired(groups, lambda net: net.test.base).mean():.2%}." if groups else ""
    return _judged(paired(groups, _gain), judge, "of test accuracy", base, "")


def _lacks_scores(found: Remembered) -> str:
    if found.params.experiment is None:
        return "needs a finished memorization experiment on the same data to look at"
    return "" if found.facts.outcomes else "waits for the experiment's scores"


@finding(
    "What memory gains, it gains in the tail.",
    "follows from Feldman 2019 and Yang et al. 2023; our bridge to the experiment that is looked at",
    "not available",
    unit="difference of gains",
    needs=_lacks_scores,
    question="Does memory gain more in the tail?",
    rule="On held-out training examples: rescued less broken ones, as a share of those memorized from"
    f" {THRESHOLD:g} on, minus that share of all others, {OVER_RUNS}: holds if it lies above 0, differs if"
    " below.",
)
def gains_in_the_tail(found: Remembered) -> Measurement:
    counts = counted(found.facts.outcomes, "memorization")
    values = tail_lead(counts, lambda n: (n[1] - n[3]) / (n[0] + n[2]))
    return _judged(
        values, partial(above, 0), "more in the tail", f"{counts[:, 1].sum():,} rescues.", ", with both"
    )


@finding(
    "Of a network's errors, memory rescues those in the tail.",
    "our reading of Feldman 2019 and Yang et al. 2023",
    "not available",
    unit="difference of shares rescued",
    needs=_lacks_scores,
    question="Are errors in the tail rescued more often?",
    rule="On held-out training examples that the network gets wrong: the share rescued of those memorized"
    f" from {THRESHOLD:g} on, minus that of all others, {OVER_RUNS}: holds if it lies above 0, differs if"
    " below.",
)
def rescues_tail_errors(found: Remembered) -> Measurement:
    counts = counted(found.facts.outcomes, "memorization")
    values = tail_lead(counts, lambda n: n[1] / n[0])
    return _judged(
        values,
        partial(above, 0),
        "more in the tail",
        f"{counts[:, 0].sum():,} errors.",
        ", with errors in both",
    )


FINDINGS: tuple[Finding, ...] = (
    gain,
    no_gain,
    shrinks,
    beats_neighbors,
    grows,
    fits,
    headline,
    gains_in_the_tail,
    rescues_tail_errors,
)
