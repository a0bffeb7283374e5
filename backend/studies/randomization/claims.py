"""What Zhang et al. 2017 found, held against an experiment's measurements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import erf, sqrt
from statistics import fmean

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import newcombe, normal_quantile, wilson
from backend.studies.architectures import Architecture, is_convolutional, title
from backend.studies.base import Claim
from backend.studies.findings import Finding, Measurement, above, below, not_run
from backend.studies.randomization.conditions import (
    GAUSSIAN,
    RANDOM_LABELS,
    RANDOM_PIXELS,
    REGULARIZER_NAMES,
    SHUFFLED,
    TRUE,
    Condition,
    Regularizer,
)
from backend.studies.randomization.facts import Bridge, Complexity, Facts, Fit, Interpolation
from backend.studies.randomization.plan import GAMMA

FIT = 0.99  # training accuracy that counts as fitting, as in the paper's Table 1
CHANCE_WITHIN = 0.015  # how far a test error may lie from chance
EXACT = 1e-6  # error of a network with outputs 0, 1, 2, ... that counts as none
SLOWDOWN = 4.0  # the largest "small constant factor" of the paper is 3.6


@dataclass(frozen=True)
class Evidence:
    """Facts about data of that form, with the architectures' names as they are to be shown."""

    facts: Facts
    names: dict[Architecture, str]
    dataset: str

    @property
    def chance(self) -> float:
        """Accuracy of guessing."""
        return 1 / self.facts.classes

    def fits(
        self, condition: Condition | None = None, regularizer: Regularizer = Regularizer.NONE
    ) -> list[Fit]:
        """Return the networks trained on a condition, or on all, with that regularizer."""
        return [
            fit
            for fit in self.facts.fits
            if fit.regularizer is regularizer and condition in {None, fit.condition}
        ]


def claims(facts: Facts, dataset: str, reduction: int, setting: str) -> tuple[Claim, ...]:
    """Hold every finding against the facts; `not run` where they say nothing about it."""
    evidence = Evidence(facts, {a: title(a, reduction) for a in Architecture}, dataset)
    return tuple(finding.claim(finding.measure(evidence), setting) for finding in FINDINGS)


def _worst_fit(evidence: Evidence, fits: Sequence[Fit], least: float, what: str) -> Measurement:
    """Judge whether all networks fit their training set; the interval is the range over networks."""
    if not fits:
        return not_run(f"needs networks trained on {what}")
    worst = min(fits, key=lambda fit: fit.train[-1])
    accuracies = [fit.train[-1] for fit in fits]
    short = [fit for fit in fits if fit.train[-1] < least]
    verdict = ClaimVerdict.HOLDS if not short else ClaimVerdict.FAILS
    note = (
        f"Lowest training accuracy of {len(fits)} networks on {what}, and their range; the lowest is"
        f" {_name(evidence, worst)}. {len(fits) - len(short)} of {len(fits)} reach {least:.1%}."
    )
    return Measurement(verdict, worst.train[-1], min(accuracies), max(accuracies), note)


def _name(evidence: Evidence, fit: Fit) -> str:
    regularizer = "" if fit.regularizer is Regularizer.NONE else f" with {REGULARIZER_NAMES[fit.regularizer]}"
    return f"{evidence.names[fit.architecture]}{regularizer} on {fit.condition.name}"


def _random_labels(evidence: Evidence) -> Measurement:
    return _worst_fit(evidence, evidence.fits(RANDOM_LABELS), FIT, "random labels")


def _random_inputs(evidence: Evidence) -> Measurement:
    fits = [fit for mode in (SHUFFLED, RANDOM_PIXELS, GAUSSIAN) for fit in evidence.fits(mode)]
    return _worst_fit(evidence, fits, FIT, "shuffled pixels, random pixels and noise")


def _sweep(evidence: Evidence) -> Measurement:
    fits = [fit for condition in _swept(evidence) for fit in evidence.fits(condition)]
    return _worst_fit(evidence, fits, 0.999, "labels corrupted with any probability")


def _swept(evidence: Evidence) -> list[Condition]:
    """Return the conditions with undisguised pixels by rising corruption."""
    plain = {fit.condition for fit in evidence.fits() if fit.pixels == TRUE.pixels}
    return sorted(plain, key=lambda condition: condition.corruption)


def _test_at_chance(evidence: Evidence) -> Measurement:
    fits = evidence.fits(RANDOM_LABELS)
    if not fits:
        return not_run("needs networks trained on random labels")
    errors = [1 - fit.test[-1] for fit in fits]
    mean, chance = fmean(errors), 1 - evidence.chance
    # All networks answer the same test set, so it is its size that the interval counts.
    low, high = _binomial(mean, evidence.facts.n_test)
    near = chance - CHANCE_WITHIN, chance + CHANCE_WITHIN
    if near[0] <= mean <= near[1]:
        verdict = ClaimVerdict.HOLDS
    else:
        verdict = ClaimVerdict.UNDECIDED if low <= near[1] and high >= near[0] else ClaimVerdict.FAILS
    note = (
        f"Mean test error of {len(fits)} networks; chance is {chance:.3f}, and {CHANCE_WITHIN} off is near."
    )
    return Measurement(verdict, mean, low, high, note)


def _binomial(share: float, n: int) -> tuple[float, float]:
    low, high = wilson(share * n, n)
    return float(low), float(high)


def _ratios(
    evidence: Evidence, upper: Condition, lower: Condition, regularizer: Regularizer = Regularizer.NONE
) -> dict[tuple[Architecture, int], float]:
    """Return by architecture and run how many times as long one condition takes to fit as another."""
    found = {}
    slow = {(fit.architecture, fit.run): fit for fit in evidence.fits(upper, regularizer)}
    for fit in evidence.fits(lower, regularizer):
        other = slow.get((fit.architecture, fit.run))
        times = fit.steps_to_fit(), other and other.steps_to_fit()
        if times[0] and times[1]:
            found[fit.architecture, fit.run] = times[1] / times[0]
    return found


def _ordered(evidence: Evidence, pairs: Sequence[tuple[Condition, Condition]], note: str) -> Measurement:
    """Judge whether the first of each pair takes longer than the second, by the range of ratios."""
    found = [_ratios(evidence, slow, fast) for slow, fast in pairs]
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


def _shuffled_later(evidence: Evidence) -> Measurement:
    return _ordered(
        evidence, [(SHUFFLED, TRUE)], "Steps until shuffled pixels are fit, relative to true labels."
    )


def _labels_last(evidence: Evidence) -> Measurement:
    pairs = [(RANDOM_LABELS, GAUSSIAN), (RANDOM_LABELS, RANDOM_PIXELS)]
    note = "Steps until random labels are fit, relative to the later of random pixels and noise."
    return _ordered(evidence, pairs, note)


def _slowdown(evidence: Evidence) -> Measurement:
    ratios = _ratios(evidence, RANDOM_LABELS, TRUE)
    if not ratios:
        return not_run("needs networks that fit true and random labels")
    by_architecture = _by_architecture(ratios)
    words = ", ".join(f"{evidence.names[a]} {value:.2f}" for a, value in by_architecture.items())
    low, high = min(ratios.values()), max(ratios.values())
    note = (
        "Steps to 100 % training accuracy on random labels relative to true ones, geometric mean and range"
        f" over runs. By architecture: {words}."
    )
    return Measurement(below(SLOWDOWN, low, high), _geometric(ratios.values()), low, high, note)


def _by_architecture(ratios: dict[tuple[Architecture, int], float]) -> dict[Architecture, float]:
    found: dict[Architecture, list[float]] = {}
    for (architecture, _), value in ratios.items():
        found.setdefault(architecture, []).append(value)
    return {architecture: _geometric(values) for architecture, values in found.items()}


def _slowdown_order(evidence: Evidence) -> Measurement:
    means = _by_architecture(_ratios(evidence, RANDOM_LABELS, TRUE))
    order = (Architecture.INCEPTION, Architecture.MLP_1X512, Architecture.ALEXNET)
    if not set(order) <= set(means):
        return not_run("needs Small Inception, MLP 1 x 512 and Small AlexNet, all of which fit")
    values = [means[a] for a in order]
    verdict = ClaimVerdict.HOLDS if values == sorted(values, reverse=True) else ClaimVerdict.FAILS
    words = ", ".join(f"{evidence.names[a]} {value:.2f}" for a, value in zip(order, values, strict=True))
    return Measurement(verdict, values[0] / values[-1], note=f"Slowest over fastest. Ratios: {words}.")


def _error_rises(evidence: Evidence) -> Measurement:
    """Judge by the largest fall of the test error between neighboring probabilities, and its error."""
    swept = _swept(evidence)
    falls: list[float] = []
    for architecture in {fit.architecture for fit in evidence.fits()}:
        errors = [
            [1 - fit.test[-1] for fit in evidence.fits(condition) if fit.architecture is architecture]
            for condition in swept
        ]
        means = [fmean(values) for values in errors if values]
        falls += [before - after for before, after in pairwise(means)]
    if not falls:
        return not_run("needs two probabilities of corruption")
    worst = max(falls)
    half = normal_quantile(0.95) * np.sqrt(0.5 / evidence.facts.n_test)  # of a difference, at most
    verdict = ClaimVerdict.HOLDS if worst <= half else ClaimVerdict.FAILS
    note = (
        f"Largest fall between neighboring probabilities; with {evidence.facts.n_test:,} test examples falls"
        f" up to {half:.3f} are noise."
    )
    return Measurement(verdict, worst, worst - half, worst + half, note)


def _regularized(evidence: Evidence, chosen: Sequence[Regularizer], least: float) -> Measurement:
    fits = [fit for regularizer in chosen for fit in evidence.fits(RANDOM_LABELS, regularizer)]
    words = " and ".join(REGULARIZER_NAMES[r] for r in chosen)
    return _worst_fit(evidence, fits, least, f"random labels with {words}")


def _decay_fits(evidence: Evidence) -> Measurement:
    return _regularized(evidence, [Regularizer.WEIGHT_DECAY], FIT)


def _dropout_fits(evidence: Evidence) -> Measurement:
    return _regularized(evidence, [Regularizer.DROPOUT], 0.9)


def _augmentation_fits(evidence: Evidence) -> Measurement:
    return _regularized(evidence, [Regularizer.CROP, Regularizer.AUGMENTATION], FIT)


def _not_needed(evidence: Evidence) -> Measurement:
    """Compare what an architecture keeps above chance without regularizers, in the one that keeps least."""
    plain = _mean_test(evidence.fits(TRUE))
    best: dict[Architecture, float] = {}
    for regularizer in set(Regularizer) - {Regularizer.NONE}:
        for architecture, accuracy in _mean_test(evidence.fits(TRUE, regularizer)).items():
            best[architecture] = max(best.get(architecture, 0.0), accuracy)
    shared = [a for a in best if a in plain and best[a] > evidence.chance]
    if not shared:
        return not_run("needs networks on true labels with and without regularizers")
    kept = {a: (plain[a] - evidence.chance) / (best[a] - evidence.chance) for a in shared}
    least = min(kept, key=kept.__getitem__)
    top = best[least] - evidence.chance
    low, high = ((limit - evidence.chance) / top for limit in _binomial(plain[least], evidence.facts.n_test))
    words = ", ".join(f"{evidence.names[a]} {plain[a]:.3f} instead of {best[a]:.3f}" for a in shared)
    note = (
        "Test accuracy above chance without any regularizer, as a share of that with the best one; least"
        f" share, test accuracies: {words}."
    )
    return Measurement(above(0.9, low, high), kept[least], low, high, note)


def _mean_test(fits: Iterable[Fit]) -> dict[Architecture, float]:
    found: dict[Architecture, list[float]] = {}
    for fit in fits:
        found.setdefault(fit.architecture, []).append(fit.test[-1])
    return {architecture: fmean(values) for architecture, values in found.items()}


def _crops_help(evidence: Evidence) -> Measurement:
    plain = _mean_test(evidence.fits(TRUE))
    cropped = _mean_test(evidence.fits(TRUE, Regularizer.CROP))
    shared = [a for a in plain if a in cropped and is_convolutional(a)]
    if not shared:
        return not_run("the paper crops for convolutional networks; needs one of them")
    return _smallest_gain(evidence, {a: (cropped[a], plain[a]) for a in shared}, "with random crops")


def _smallest_gain(
    evidence: Evidence, pairs: dict[Architecture, tuple[float, float]], what: str
) -> Measurement:
    """Judge whether the first accuracy of each pair exceeds the second, by the pair that gains least."""
    least = min(pairs, key=lambda a: pairs[a][0] - pairs[a][1])
    better, worse = pairs[least]
    low, high = _difference(better, worse, evidence.facts.n_test)
    words = ", ".join(f"{evidence.names[a]} {x:.3f} instead of {y:.3f}" for a, (x, y) in pairs.items())
    note = f"Gain in test accuracy {what}: {words}."
    return Measurement(above(0, low, high), better - worse, low, high, note)


def _difference(first: float, second: float, n: int) -> tuple[float, float]:
    """Return the interval of a difference of two accuracies on n test examples each."""
    low, high = newcombe(first * n, n, second * n, n)
    return float(low), float(high)


def _norm_gap(evidence: Evidence) -> Measurement:
    means = _mean_test(evidence.fits(TRUE))
    both = (Architecture.INCEPTION, Architecture.INCEPTION_PLAIN)
    if not set(both) <= set(means):
        return not_run("needs Small Inception with and without batch norm")
    gap = means[both[0]] - means[both[1]]
    low, high = _difference(means[both[0]], means[both[1]], evidence.facts.n_test)
    if 0.02 <= gap <= 0.06:
        verdict = ClaimVerdict.HOLDS
    else:
        verdict = ClaimVerdict.UNDECIDED if low <= 0.06 and high >= 0.02 else ClaimVerdict.FAILS
    words = " and ".join(f"{evidence.names[a]} {means[a]:.3f}" for a in both)
    return Measurement(verdict, gap, low, high, f"Test accuracies: {words}; a gap of .02 to .06 is as found.")


def _early_stopping(evidence: Evidence) -> Measurement:
    fits = evidence.fits(TRUE)
    if not fits:
        return not_run("needs networks on true labels")
    gains = [max(fit.test) - fit.test[-1] for fit in fits]
    half = normal_quantile(0.95) * np.sqrt(0.25 / evidence.facts.n_test)
    limit = max(0.01, float(half))
    mean = fmean(gains)
    note = (
        f"Best test accuracy along the training minus the last one, mean and range over {len(fits)} networks;"
        f" the best of many epochs is above the last by chance alone, so up to {limit:.3f} counts as none."
    )
    verdict = ClaimVerdict.HOLDS if mean <= limit else ClaimVerdict.FAILS
    return Measurement(verdict, mean, min(gains), max(gains), note)


def _imagenet(_evidence: Evidence) -> Measurement:
    return not_run("needs ImageNet and days on many GPUs")


def _finite_sample(evidence: Evidence) -> Measurement:
    if not evidence.facts.finite_sample:
        return not_run("needs the constructed network")
    found = evidence.facts.finite_sample[-1]
    if found.train_error < EXACT:
        verdict = ClaimVerdict.HOLDS
    else:  # of a half the label next to it is nearer
        verdict = ClaimVerdict.UNDECIDED if found.train_error < 0.5 else ClaimVerdict.FAILS
    note = (
        f"Largest error on {found.n:,} examples of {found.d:,} numbers with {found.weights:,} = 2n + d"
        f" weights; below {EXACT:g} is rounding, below 0.5 the right label is still the nearest. Test"
        f" accuracy {found.test_accuracy:.3f}."
    )
    return Measurement(verdict, found.train_error, note=note)


def _eigenvalue(evidence: Evidence) -> Measurement:
    if not evidence.facts.finite_sample:
        return not_run("needs the constructed network")
    found = evidence.facts.finite_sample[-1]
    smallest = min(found.smallest_eigenvalue)
    verdict = ClaimVerdict.HOLDS if smallest > 0 else ClaimVerdict.FAILS
    return Measurement(verdict, smallest, note="Smallest diagonal entry over all threshold positions.")


def _descent(evidence: Evidence, start: str, quantity: str) -> Measurement:
    found = [d for d in evidence.facts.descents if d.start == start]
    if not found:
        return not_run("needs SGD on a linear model")
    run = found[-1]
    distance = getattr(run, quantity)[-1]
    verdict = ClaimVerdict.HOLDS if distance < 1e-8 else ClaimVerdict.FAILS
    note = (
        f"Relative distance after {run.epochs[-1]:,} epochs, n = {run.n:,}, d = {run.d:,}; norm"
        f" {run.norm[-1]:.4g}, minimum {run.minimum_norm:.4g}."
    )
    return Measurement(verdict, distance, note=note)


def _from_zero(evidence: Evidence) -> Measurement:
    return _descent(evidence, "zero", "to_minimum")


def _from_elsewhere(evidence: Evidence) -> Measurement:
    return _descent(evidence, "elsewhere", "to_limit")


def _plain_kernels(evidence: Evidence, corruption: float) -> list[Interpolation]:
    """Return the models at the paper's bandwidth without ridge, by rising n."""
    found = evidence.facts.interpolations
    chosen = [k for k in found if k.gamma == GAMMA and k.ridge == 0 and k.corruption == corruption]
    return sorted(chosen, key=lambda k: k.n)


def _kernel_generalizes(evidence: Evidence) -> Measurement:
    models = _plain_kernels(evidence, 0.0)
    if not models:
        return not_run("needs a kernel model")
    largest = models[-1]
    low, high = _binomial(largest.test_error, largest.test_examples)
    note = (
        f"Test error at n = {largest.n:,}, training error {largest.train_error:.2%}; holds where it is below"
        " half of chance's. By n: " + ", ".join(f"{k.n:,}: {k.test_error:.2%}" for k in models)
    )
    return Measurement(below((1 - evidence.chance) / 2, low, high), largest.test_error, low, high, note)


def _kernel_fits(evidence: Evidence) -> Measurement:
    models = [k for k in evidence.facts.interpolations if k.gamma == GAMMA and k.ridge == 0]
    if not models:
        return not_run("needs a kernel model")
    worst = max(k.train_error for k in models)
    verdict = ClaimVerdict.HOLDS if worst == 0 else ClaimVerdict.FAILS
    return Measurement(
        verdict, worst, note=f"Largest training error of {len(models)} models, random labels too."
    )


def _norm_grows(evidence: Evidence) -> Measurement:
    clean, random = ({k.n: k for k in _plain_kernels(evidence, p)} for p in (0.0, 1.0))
    shared = sorted(set(clean) & set(random))
    if not shared:
        return not_run("needs kernel models of true and of random labels")
    ratios = [random[n].norm / clean[n].norm for n in shared]
    note = "Norm with random labels over norm with true ones, at the largest n and over all. " + ", ".join(
        f"{n:,}: {ratio:.2f}" for n, ratio in zip(shared, ratios, strict=True)
    )
    return Measurement(above(1, min(ratios), max(ratios)), ratios[-1], min(ratios), max(ratios), note)


def _bandwidths(evidence: Evidence) -> list[Interpolation]:
    """Return the models of all bandwidths at the largest n without ridge or corruption."""
    found = [k for k in evidence.facts.interpolations if k.ridge == 0 and k.corruption == 0]
    most = max((k.n for k in found), default=0)
    return [k for k in found if k.n == most]


def _norm_says_little(evidence: Evidence) -> Measurement:
    models = _bandwidths(evidence)
    if len(models) < 2:
        return not_run("needs kernel models of several bandwidths")
    least, best = min(models, key=lambda k: k.norm), min(models, key=lambda k: k.test_error)
    low, high = _difference(least.test_error, best.test_error, best.test_examples)
    words = ", ".join(f"{k.gamma:g}: norm {k.norm:.4g}, error {k.test_error:.2%}" for k in models)
    note = f"Test error of the model of least norm minus the least error, over bandwidths {words}."
    return Measurement(above(0, low, high), least.test_error - best.test_error, low, high, note)


def _ridge_helps_not(evidence: Evidence) -> Measurement:
    plain = _plain_kernels(evidence, 0.0)
    ridged = [k for k in evidence.facts.interpolations if k.ridge > 0]
    if evidence.dataset != "mnist":
        return not_run("the paper says so of MNIST only")
    if not plain or not ridged:
        return not_run("needs kernel models with and without a ridge")
    best = min(ridged, key=lambda k: k.test_error)
    gain = plain[-1].test_error - best.test_error
    low, high = _difference(plain[-1].test_error, best.test_error, best.test_examples)
    note = f"Test error without minus with the best ridge ({best.ridge:g}); less than .01 counts as no help."
    return Measurement(below(0.01, low, high), gain, low, high, note)


def _complexities(evidence: Evidence, family: str) -> list[Complexity]:
    return sorted((c for c in evidence.facts.complexities if c.family == family), key=lambda c: c.n)


def _perceptron_complexity(evidence: Evidence) -> Measurement:
    found = _complexities(evidence, "perceptron")
    if not found:
        return not_run("needs networks that fit random signs")
    lowest = min(fmean(c.values) for c in found)
    values = [value for c in found for value in c.values]
    verdict = ClaimVerdict.HOLDS if lowest >= FIT else ClaimVerdict.FAILS
    words = ", ".join(f"{c.n:,}: {fmean(c.values):.3f}" for c in found)
    note = f"Mean of sigma h over draws, least over n and range of draws. By n: {words}."
    return Measurement(verdict, lowest, min(values), max(values), note)


def _linear_complexity(evidence: Evidence) -> Measurement:
    found = _complexities(evidence, "linear")
    if not found or found[-1].n < 4 * found[-1].d:
        return not_run("needs four times as many examples as numbers per example")
    largest = found[-1]
    mean = fmean(largest.values)
    expected = erf(sqrt(largest.d / (2 * (largest.n - largest.d))))
    half = normal_quantile(0.95) * float(np.std(largest.values, ddof=1)) / np.sqrt(len(largest.values))
    low, high = mean - half, mean + half
    near = abs(mean / expected - 1) <= 0.15
    verdict = ClaimVerdict.HOLDS if near and high < 1 else ClaimVerdict.FAILS
    note = f"Mean of sigma h at n = {largest.n:,}, d = {largest.d:,}; expected {expected:.3f}, within 15 %."
    return Measurement(verdict, mean, low, high, note)


def _found_by_score(evidence: Evidence) -> Measurement:
    partly = [b for b in evidence.facts.bridges if 0 < b.corruption < 1 and b.changed > 0]
    if not partly:
        return not_run("needs memorization scores under partly corrupted labels")
    first = min(partly, key=lambda b: b.corruption)
    low, high = _binomial(first.found / first.changed, first.changed)
    note = (
        "Changed labels among as many top scores, at the lowest corruption. "
        + ", ".join(f"p = {b.corruption:g}: {b.found:,.0f} of {b.changed:,}" for b in partly)
        + f"; by chance {first.changed / first.n:.2f}."
    )
    return Measurement(above(0.5, low, high), first.found / first.changed, low, high, note)


def _scores_rise(evidence: Evidence) -> Measurement:
    bridges: list[Bridge] = sorted(evidence.facts.bridges, key=lambda b: b.corruption)
    if len(bridges) < 2 or bridges[0].corruption > 0:
        return not_run("needs scores of true and of corrupted labels")
    means = [b.mean for b in bridges]
    verdict = ClaimVerdict.HOLDS if means == sorted(means) else ClaimVerdict.FAILS
    words = ", ".join(f"p = {b.corruption:g}: {b.mean:.3f}" for b in bridges)
    return Measurement(verdict, means[-1] - means[0], note=f"Mean score at the ends apart. {words}.")


ZHANG = "Zhang et al. 2017"

FINDINGS: tuple[Finding[Evidence], ...] = (
    Finding(
        "random_labels",
        "Networks fit random labels.",
        f"{ZHANG}, Table 1 (CIFAR-10)",
        "training accuracy 99.34 to 100 %",
        _random_labels,
    ),
    Finding(
        "random_inputs",
        "Networks fit shuffled pixels, random pixels and Gaussian noise.",
        f"{ZHANG}, section 2, Fig. 1a (CIFAR-10)",
        "training loss goes to 0",
        _random_inputs,
    ),
    Finding(
        "chance",
        "A network that fits random labels is at chance on the test set.",
        f"{ZHANG}, Table 1, Fig. 1c (CIFAR-10)",
        "test error 89.39 to 90.22 %",
        _test_at_chance,
    ),
    Finding(
        "shuffled_later",
        "Shuffled pixels take longer to fit than the pictures themselves.",
        f"{ZHANG}, Fig. 1a; steps to loss .01 from a published repetition of it",
        "6.7 against 5.7 thousand steps",
        _shuffled_later,
    ),
    Finding(
        "labels_last",
        "Random labels take longer to fit than random pixels and Gaussian noise.",
        f"{ZHANG}, section 2, Fig. 1a; steps to loss .01 from a published repetition of it",
        "17.7 against 13.0 and 9.9 thousand steps",
        _labels_last,
    ),
    Finding(
        "sweep",
        "Whatever share of the labels is random, networks fit all of them.",
        f"{ZHANG}, section 2, Fig. 1b, 1c",
        "training accuracy 100 % at every corruption",
        _sweep,
    ),
    Finding(
        "slowdown",
        "Fitting random labels takes longer by no more than a small constant factor.",
        f"{ZHANG}, Fig. 1b, read off the figure",
        "1.55 (Small AlexNet), 1.96 (MLP 1 x 512), 3.6 (Small Inception)",
        _slowdown,
    ),
    Finding(
        "slowdown_order",
        "Random labels slow Small Inception down most and Small AlexNet least.",
        f"{ZHANG}, Fig. 1b, read off the figure",
        "3.6 against 1.96 and 1.55",
        _slowdown_order,
    ),
    Finding(
        "error_rises",
        "Test error rises with the share of random labels.",
        f"{ZHANG}, Fig. 1c",
        "from .13 to .50 up to .90",
        _error_rises,
    ),
    Finding(
        "decay_fits",
        "Weight decay does not keep networks from fitting random labels.",
        f"{ZHANG}, Table 4",
        "training accuracy 99.21 to 100 %; Small AlexNet does not converge",
        _decay_fits,
    ),
    Finding(
        "dropout_fits",
        "Dropout does not keep networks from fitting random labels.",
        f"{ZHANG}, Table 2 (ImageNet, with weight decay)",
        "training accuracy 91.18 %",
        _dropout_fits,
    ),
    Finding(
        "augmentation_fits",
        "Data augmentation does not keep networks from fitting random labels.",
        f"{ZHANG}, Table 4 (Small Inception, trained longer)",
        "training accuracy 99.93 % with crops, 99.28 % with all of it",
        _augmentation_fits,
    ),
    Finding(
        "not_needed",
        "Without any regularizer networks keep most of their test accuracy.",
        f"{ZHANG}, Table 1, section 3",
        "above chance 93 to 100 % of the best",
        _not_needed,
    ),
    Finding(
        "crops",
        "Random crops raise the test accuracy of convolutional networks.",
        f"{ZHANG}, Table 1",
        "by 3.6 points each (Small Inception, Small AlexNet)",
        _crops_help,
    ),
    Finding(
        "batch_norm",
        "Batch norm raises test accuracy by a few points.",
        f"{ZHANG}, Table 1, section 3",
        "3.75 points",
        _norm_gap,
    ),
    Finding(
        "early_stopping",
        "Early stopping gains nothing on CIFAR-10.",
        f"{ZHANG}, section 3, Fig. 2b",
        "no gain",
        _early_stopping,
    ),
    Finding(
        "imagenet",
        "Inception V3 fits random labels of ImageNet.",
        f"{ZHANG}, Table 2",
        "top-1 training accuracy 95.20 %",
        _imagenet,
    ),
    Finding(
        "imagenet_early",
        "On ImageNet early stopping gains a few points where no regularizer is used.",
        f"{ZHANG}, Table 2, Fig. 2a",
        "top-1 test accuracy 63.16 instead of 59.80 %",
        _imagenet,
    ),
    Finding(
        "finite_sample",
        "A network of two layers and 2n + d weights fits any labels of n examples.",
        f"{ZHANG}, Theorem 1",
        "error 0",
        _finite_sample,
    ),
    Finding(
        "eigenvalue",
        "Its triangular matrix is regular: the smallest eigenvalue is positive.",
        f"{ZHANG}, Lemma 1",
        "min (z_i - b_i) > 0",
        _eigenvalue,
    ),
    Finding(
        "from_zero",
        "SGD from zero finds the solution of least norm.",
        f"{ZHANG}, section 5, eq. 3",
        "distance 0",
        _from_zero,
    ),
    Finding(
        "from_elsewhere",
        "From elsewhere SGD keeps the part of its start that no example sees.",
        f"follows from {ZHANG}, section 5",
        "distance 0 to the projected start plus the solution of least norm",
        _from_elsewhere,
    ),
    Finding(
        "kernel_fits",
        "Kernel models fit any labels exactly.",
        f"{ZHANG}, section 5",
        "training error 0",
        _kernel_fits,
    ),
    Finding(
        "kernel_generalizes",
        "A kernel model without regularizer that fits all labels still generalizes.",
        f"{ZHANG}, Table 3",
        "test error 1.2 % (MNIST), 46 % (CIFAR-10), all examples",
        _kernel_generalizes,
    ),
    Finding(
        "norm_grows",
        "Random labels need a larger norm than true ones.",
        f"follows from {ZHANG}, section 5",
        "not available",
        _norm_grows,
    ),
    Finding(
        "norm_says_little",
        "The norm does not tell which kernel model generalizes best.",
        f"{ZHANG}, section 5 (MNIST)",
        "norm 390 with 0.6 % test error against 220 with 1.2 %",
        _norm_says_little,
    ),
    Finding(
        "ridge",
        "On MNIST a regularizer does not improve the kernel model.",
        f"{ZHANG}, section 5, Table 3",
        "no improvement",
        _ridge_helps_not,
    ),
    Finding(
        "rademacher",
        "The empirical Rademacher complexity of networks is about 1, so bounds from it say nothing.",
        f"{ZHANG}, section 2.2",
        "about 1",
        _perceptron_complexity,
    ),
    Finding(
        "rademacher_linear",
        "That of linear models falls with the number of examples.",
        "derived for least squares: erf(sqrt(d / (2 (n - d)))), about sqrt(2 d / (pi n))",
        "not available",
        _linear_complexity,
    ),
    Finding(
        "bridge",
        "Corrupted labels are found among the highest memorization scores.",
        "Feldman & Zhang 2020, section 3; our bridge between both papers",
        "not available",
        _found_by_score,
    ),
    Finding(
        "scores_rise",
        "The more labels are random, the more networks memorize.",
        "our bridge between both papers",
        "not available",
        _scores_rise,
    ),
)
