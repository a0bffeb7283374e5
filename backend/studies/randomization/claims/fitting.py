"""What Zhang et al. 2017 found of networks that fit randomized data, from true to random labels."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.networks.architectures import Architecture, title
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, not_run
from backend.studies.randomization.conditions import (
    GAUSSIAN,
    RANDOM_LABELS,
    RANDOM_PIXELS,
    SHUFFLED,
    TRUE,
    Condition,
)
from backend.studies.randomization.evidence import (
    FIT,
    ZHANG,
    binomial,
    difference,
    worst_fit,
)
from backend.studies.randomization.facts import OVERFIT, Fit
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.runs import slowdowns

CHANCE_WITHIN = 0.015  # how far a test error may lie from chance
SLOWDOWN = 4.0  # the largest "small constant factor" of the paper is 3.6


@finding(
    "Networks fit random labels.",
    f"{ZHANG}, Table 1 (CIFAR-10)",
    "training accuracy 99.34 to 100 %",
    unit="training accuracy",
)
def random_labels(evidence: Randomized) -> Measurement:
    return worst_fit(evidence, evidence.facts.trained(RANDOM_LABELS), FIT, "random labels")


@finding(
    "Networks fit shuffled pixels, random pixels and Gaussian noise.",
    f"{ZHANG}, section 2, Fig. 1a (CIFAR-10)",
    "training loss goes to 0",
    unit="training accuracy",
)
def random_inputs(evidence: Randomized) -> Measurement:
    fits = [fit for mode in (SHUFFLED, RANDOM_PIXELS, GAUSSIAN) for fit in evidence.facts.trained(mode)]
    return worst_fit(evidence, fits, FIT, "shuffled pixels, random pixels and noise")


@finding(
    "Whatever share of the labels is random, networks fit all of them.",
    f"{ZHANG}, section 2, Fig. 1b, 1c",
    "training accuracy 100 % at every corruption",
    unit="training accuracy",
)
def sweep(evidence: Randomized) -> Measurement:
    fits = [fit for condition in _swept(evidence) for fit in evidence.facts.trained(condition)]
    return worst_fit(evidence, fits, 0.999, "labels corrupted with any probability")


def _swept(evidence: Randomized) -> list[Condition]:
    """Return the conditions with undisguised pixels by rising corruption."""
    plain = {fit.condition for fit in evidence.facts.trained() if fit.pixels == TRUE.pixels}
    return sorted(plain, key=lambda condition: condition.corruption)


@finding(
    "A network that fits random labels is at chance on the test set.",
    f"{ZHANG}, Table 1, Fig. 1c (CIFAR-10)",
    "test error 89.39 to 90.22 %",
    unit="test error",
)
def chance(evidence: Randomized) -> Measurement:
    fits = [fit for fit in evidence.facts.trained(RANDOM_LABELS) if fit.train[-1] >= OVERFIT]
    if not fits:
        return not_run(f"needs networks that fit {OVERFIT:.0%} of random labels")
    errors = [1 - fit.test[-1] for fit in fits]
    mean, chance = fmean(errors), 1 - evidence.facts.chance
    # All networks answer the same test set, so it is its size that the interval counts.
    low, high = binomial(mean, evidence.facts.n_test)
    near = chance - CHANCE_WITHIN, chance + CHANCE_WITHIN
    if near[0] <= mean <= near[1]:
        verdict = ClaimVerdict.HOLDS
    else:
        verdict = ClaimVerdict.UNDECIDED if low <= near[1] and high >= near[0] else ClaimVerdict.DIFFERS
    note = (
        f"Mean test error of {len(fits)} networks; chance is {chance:.3f}, and {CHANCE_WITHIN} off is near."
    )
    return Measurement(verdict, mean, low, high, note)


def _ordered(evidence: Randomized, pairs: Sequence[tuple[Condition, Condition]], note: str) -> Measurement:
    """Judge whether the first of each pair takes longer than the second, by the range of ratios."""
    found = [slowdowns(evidence.facts.trained(slow), evidence.facts.trained(fast)) for slow, fast in pairs]
    if not all(found):
        return not_run("needs networks that fit both")
    # The weakest of the pairs decides, in each architecture and run.
    shared = set.intersection(*(set(ratios) for ratios in found))
    weakest = [min(ratios[key] for ratios in found) for key in shared]
    if not weakest:
        return not_run("needs networks that fit all of them in one run")
    verdict = above(1, min(weakest), max(weakest))
    text = f"{note} Geometric mean and range over {len(weakest)} architectures and runs."
    return Measurement(verdict, _geometric(weakest), min(weakest), max(weakest), text)


def _geometric(values: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(list(values)))))


@finding(
    "Shuffled pixels take longer to fit than the pictures themselves.",
    f"{ZHANG}, Fig. 1a; steps to loss .01 from a published repetition of it",
    "6.7 against 5.7 thousand steps",
    unit="times the steps",
)
def shuffled_later(evidence: Randomized) -> Measurement:
    return _ordered(
        evidence, [(SHUFFLED, TRUE)], "Steps until shuffled pixels are fit, relative to true labels."
    )


@finding(
    "Random labels take longer to fit than random pixels and Gaussian noise.",
    f"{ZHANG}, section 2, Fig. 1a; steps to loss .01 from a published repetition of it",
    "17.7 against 13.0 and 9.9 thousand steps",
    unit="times the steps",
)
def labels_last(evidence: Randomized) -> Measurement:
    pairs = [(RANDOM_LABELS, GAUSSIAN), (RANDOM_LABELS, RANDOM_PIXELS)]
    note = "Steps until random labels are fit, relative to the later of random pixels and noise."
    return _ordered(evidence, pairs, note)


@finding(
    "Random labels are hardly fit at first; once they are, it goes fast.",
    f"{ZHANG}, section 2, Fig. 1a",
    "not available (shown by curves)",
    unit="share of the steps",
)
def delayed(evidence: Randomized) -> Measurement:
    """Compare how much of the time to fit has passed when the loss has halved."""
    random, true = (
        {
            (f.architecture, f.run): share
            for f in evidence.facts.trained(c)
            if (share := _until_halved(f)) is not None
        }
        for c in (RANDOM_LABELS, TRUE)
    )
    later = [random[key] - true[key] for key in random if key in true]
    if not later:
        return not_run("needs networks that fit true and random labels")
    note = (
        "Share of the steps to fit after which the loss has halved, with random minus with true labels;"
        f" mean and range over {len(later)} architectures and runs. With random labels"
        f" {fmean(random.values()):.2f}."
    )
    return Measurement(above(0, min(later), max(later)), fmean(later), min(later), max(later), note)


def _until_halved(fit: Fit) -> float | None:
    steps = fit.steps_to_overfit()
    halved = fit.steps_to_loss(fit.loss[0] / 2)
    return halved / steps if steps and halved is not None else None


@finding(
    "Fitting random labels takes longer by no more than a small constant factor.",
    f"{ZHANG}, Fig. 1b, read off the figure",
    "1.55 (Small AlexNet), 1.96 (MLP 1 x 512), 3.6 (Small Inception)",
    unit="times the steps",
)
def slowdown(evidence: Randomized) -> Measurement:
    ratios = slowdowns(evidence.facts.trained(RANDOM_LABELS), evidence.facts.trained(TRUE))
    if not ratios:
        return not_run("needs networks that fit true and random labels")
    by_architecture = _by_architecture(ratios)
    words = ", ".join(
        f"{title(a, evidence.params.reduction)} {value:.2f}" for a, value in by_architecture.items()
    )
    low, high = min(ratios.values()), max(ratios.values())
    note = (
        f"Steps to {OVERFIT:.0%} training accuracy on random labels relative to true ones, geometric mean"
        f" and range over runs. By architecture: {words}."
    )
    return Measurement(below(SLOWDOWN, low, high), _geometric(ratios.values()), low, high, note)


def _by_architecture(ratios: dict[tuple[Architecture, int], float]) -> dict[Architecture, float]:
    found: dict[Architecture, list[float]] = {}
    for (architecture, _), value in ratios.items():
        found.setdefault(architecture, []).append(value)
    return {architecture: _geometric(values) for architecture, values in found.items()}


@finding(
    "Random labels slow Small Inception down most and Small AlexNet least.",
    f"{ZHANG}, Fig. 1b, read off the figure",
    "3.6 against 1.96 and 1.55",
    unit="ratio of slowdowns",
)
def slowdown_order(evidence: Randomized) -> Measurement:
    means = _by_architecture(slowdowns(evidence.facts.trained(RANDOM_LABELS), evidence.facts.trained(TRUE)))
    order = (Architecture.INCEPTION, Architecture.MLP_1X512, Architecture.ALEXNET)
    if not set(order) <= set(means):
        return not_run("needs Small Inception, MLP 1 x 512 and Small AlexNet, all of which fit")
    values = [means[a] for a in order]
    verdict = ClaimVerdict.HOLDS if values == sorted(values, reverse=True) else ClaimVerdict.DIFFERS
    words = ", ".join(
        f"{title(a, evidence.params.reduction)} {value:.2f}" for a, value in zip(order, values, strict=True)
    )
    return Measurement(verdict, values[0] / values[-1], note=f"Slowest over fastest. Ratios: {words}.")


@finding(
    "Test error rises with the share of random labels.",
    f"{ZHANG}, Fig. 1c",
    "from .13 to .50 up to .90",
    unit="test error",
)
def error_rises(evidence: Randomized) -> Measurement:
    """Judge by the rise from least to most corruption, and by the largest fall on the way.

    The network that rises least decides. A fall within its error, of a difference of two accuracies on the
    same number of test examples, is none; a steady one shows in the rise.
    """
    swept = _swept(evidence)
    rises, falls = [], []
    for architecture in dict.fromkeys(fit.architecture for fit in evidence.facts.trained()):
        errors = [
            [1 - fit.test[-1] for fit in evidence.facts.trained(c) if fit.architecture is architecture]
            for c in swept
        ]
        means = [fmean(values) for values in errors if values]
        if len(means) > 1:
            rises.append((means[0], means[-1]))
            falls += [before - after for before, after in pairwise(means)]
    if not rises:
        return not_run("needs two probabilities of corruption")
    first, last = min(rises, key=lambda ends: ends[1] - ends[0])
    low, high = difference(last, first, evidence.facts.n_test)
    noise = normal_quantile(0.95) * float(np.sqrt(0.5 / evidence.facts.n_test))
    verdict = ClaimVerdict.DIFFERS if max(falls) > noise else above(0, low, high)
    note = (
        "Test error at the largest minus that at the least probability, of the network where it rises least."
        f" Largest fall between neighboring probabilities {max(falls):.3f}; with"
        f" {evidence.facts.n_test:,} test examples falls up to {noise:.3f} are noise."
    )
    return Measurement(verdict, last - first, low, high, note)


FINDINGS: tuple[Finding, ...] = (
    random_labels,
    random_inputs,
    chance,
    shuffled_later,
    labels_last,
    delayed,
    sweep,
    slowdown,
    slowdown_order,
    error_rises,
)
