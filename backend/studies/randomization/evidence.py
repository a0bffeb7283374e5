"""What claims are measured on: an experiment's facts, and how networks among them compare."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from backend.core.contracts import ClaimVerdict
from backend.networks.architectures import Architecture, title
from backend.statistics.intervals import newcombe, wilson
from backend.studies.kit.findings import Measurement, not_run
from backend.studies.randomization.conditions import (
    REGULARIZER_NAMES,
    Regularizer,
)
from backend.studies.randomization.facts import Fit
from backend.studies.randomization.found import Randomized

ZHANG = "Zhang et al. 2017"
FIT = 0.99  # training accuracy that counts as fitting, as in the paper's Table 1


def worst_fit(evidence: Randomized, fits: Sequence[Fit], least: float, what: str) -> Measurement:
    """Judge whether all networks fit their training set; the interval is the range over networks."""
    if not fits:
        return not_run(f"needs networks trained on {what}")
    worst = min(fits, key=lambda fit: fit.train[-1])
    accuracies = [fit.train[-1] for fit in fits]
    short = [fit for fit in fits if fit.train[-1] < least]
    verdict = ClaimVerdict.HOLDS if not short else ClaimVerdict.DIFFERS
    note = (
        f"Lowest training accuracy of {len(fits)} networks on {what}, and their range; the lowest is"
        f" {_name(evidence, worst)}. {len(fits) - len(short)} of {len(fits)} reach {least:.1%}."
    )
    return Measurement(verdict, worst.train[-1], min(accuracies), max(accuracies), note)


def _name(evidence: Randomized, fit: Fit) -> str:
    regularizer = "" if fit.regularizer is Regularizer.NONE else f" with {REGULARIZER_NAMES[fit.regularizer]}"
    return f"{title(fit.architecture, evidence.params.reduction)}{regularizer} on {fit.condition.name}"


def mean_test(fits: Iterable[Fit]) -> dict[Architecture, float]:
    """Return each architecture's mean test accuracy over runs."""
    found: dict[Architecture, list[float]] = {}
    for fit in fits:
        found.setdefault(fit.architecture, []).append(fit.test[-1])
    return {architecture: fmean(values) for architecture, values in found.items()}


def binomial(share: float, n: int) -> tuple[float, float]:
    """Return the interval of a share of n examples."""
    low, high = wilson(share * n, n)
    return float(low), float(high)


def difference(first: float, second: float, n: int) -> tuple[float, float]:
    """Return the interval of a difference of two accuracies on n test examples each."""
    low, high = newcombe(first * n, n, second * n, n)
    return float(low), float(high)
