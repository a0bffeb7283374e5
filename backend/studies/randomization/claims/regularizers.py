"""What Zhang et al. 2017 found of explicit regularizers, batch norm and early stopping."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.networks.architectures import Architecture, is_convolutional, title
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, above, finding, not_run
from backend.studies.randomization.conditions import (
    RANDOM_LABELS,
    REGULARIZER_NAMES,
    TRUE,
    Regularizer,
)
from backend.studies.randomization.evidence import (
    FIT,
    ZHANG,
    binomial,
    difference,
    mean_test,
    worst_fit,
)
from backend.studies.randomization.found import Randomized

_IMAGENET = "needs ImageNet and days on many GPUs"


def _regularized(evidence: Randomized, chosen: Sequence[Regularizer], least: float) -> Measurement:
    fits = [fit for regularizer in chosen for fit in evidence.facts.trained(RANDOM_LABELS, regularizer)]
    words = " and ".join(REGULARIZER_NAMES[r] for r in chosen)
    return worst_fit(evidence, fits, least, f"random labels with {words}")


@finding(
    "Weight decay does not keep networks from fitting random labels.",
    f"{ZHANG}, Table 4",
    "training accuracy 99.21 to 100 %; Small AlexNet does not converge",
    unit="training accuracy",
)
def decay_fits(evidence: Randomized) -> Measurement:
    return _regularized(evidence, [Regularizer.WEIGHT_DECAY], FIT)


@finding(
    "Small AlexNet with weight decay does not converge on random labels.",
    f"{ZHANG}, Table 4",
    "does not converge",
    unit="training accuracy",
)
def alexnet_decay(evidence: Randomized) -> Measurement:
    plain, decayed = (
        [f for f in evidence.facts.trained(RANDOM_LABELS, r) if f.architecture is Architecture.ALEXNET]
        for r in (Regularizer.NONE, Regularizer.WEIGHT_DECAY)
    )
    if not plain or not decayed:
        return not_run("needs Small AlexNet on random labels with and without weight decay")
    reached = fmean(f.train[-1] for f in decayed)
    note = (
        f"Training accuracy of {title(Architecture.ALEXNET, evidence.params.reduction)} with weight decay;"
        f" without {fmean(f.train[-1] for f in plain):.3f}, and only if that is a fit does this say anything."
    )
    if min(f.train[-1] for f in plain) < FIT:
        verdict = ClaimVerdict.UNDECIDED
    else:
        verdict = ClaimVerdict.HOLDS if reached < FIT else ClaimVerdict.DIFFERS
    return Measurement(verdict, reached, note=note)


@finding(
    "Dropout does not keep networks from fitting random labels.",
    f"{ZHANG}, Table 2 (ImageNet, with weight decay)",
    "training accuracy 91.18 %",
    unit="training accuracy",
)
def dropout_fits(evidence: Randomized) -> Measurement:
    return _regularized(evidence, [Regularizer.DROPOUT], 0.9)


@finding(
    "Data augmentation does not keep networks from fitting random labels.",
    f"{ZHANG}, Table 4 (Small Inception, trained longer)",
    "training accuracy 99.93 % with crops, 99.28 % with all of it",
    unit="training accuracy",
)
def augmentation_fits(evidence: Randomized) -> Measurement:
    return _regularized(evidence, [Regularizer.CROP, Regularizer.AUGMENTATION], FIT)


@finding(
    "Without any regularizer networks keep most of their test accuracy.",
    f"{ZHANG}, Table 1, section 3",
    "above chance 93 to 100 % of the best",
    unit="of the best above chance",
)
def not_needed(evidence: Randomized) -> Measurement:
    """Compare what an architecture keeps above chance without regularizers, in the one that keeps least."""
    plain = mean_test(evidence.facts.trained(TRUE))
    best: dict[Architecture, float] = {}
    for regularizer in set(Regularizer) - {Regularizer.NONE}:
        for architecture, accuracy in mean_test(evidence.facts.trained(TRUE, regularizer)).items():
            best[architecture] = max(best.get(architecture, 0.0), accuracy)
    shared = [a for a in best if a in plain and best[a] > evidence.facts.chance]
    if not shared:
        return not_run("needs networks on true labels with and without regularizers")
    kept = {a: (plain[a] - evidence.facts.chance) / (best[a] - evidence.facts.chance) for a in shared}
    least = min(kept, key=kept.__getitem__)
    top = best[least] - evidence.facts.chance
    low, high = (
        (limit - evidence.facts.chance) / top for limit in binomial(plain[least], evidence.facts.n_test)
    )
    words = ", ".join(
        f"{title(a, evidence.params.reduction)} {plain[a]:.3f} instead of {best[a]:.3f}" for a in shared
    )
    note = (
        "Test accuracy above chance without any regularizer, as a share of that with the best one; least"
        f" share, test accuracies: {words}."
    )
    return Measurement(above(0.9, low, high), kept[least], low, high, note)


@finding(
    "Random crops raise the test accuracy of convolutional networks.",
    f"{ZHANG}, Table 1",
    "by 3.6 points each (Small Inception, Small AlexNet)",
    unit="test accuracy",
)
def crops(evidence: Randomized) -> Measurement:
    plain = mean_test(evidence.facts.trained(TRUE))
    cropped = mean_test(evidence.facts.trained(TRUE, Regularizer.CROP))
    shared = [a for a in plain if a in cropped and is_convolutional(a)]
    if not shared:
        return not_run("the paper crops for convolutional networks; needs one of them")
    return _smallest_gain(evidence, {a: (cropped[a], plain[a]) for a in shared}, "with random crops")


def _smallest_gain(
    evidence: Randomized, pairs: dict[Architecture, tuple[float, float]], what: str
) -> Measurement:
    """Judge whether the first accuracy of each pair exceeds the second, by the pair that gains least."""
    least = min(pairs, key=lambda a: pairs[a][0] - pairs[a][1])
    better, worse = pairs[least]
    low, high = difference(better, worse, evidence.facts.n_test)
    words = ", ".join(
        f"{title(a, evidence.params.reduction)} {x:.3f} instead of {y:.3f}" for a, (x, y) in pairs.items()
    )
    note = f"Gain in test accuracy {what}: {words}."
    return Measurement(above(0, low, high), better - worse, low, high, note)


@finding(
    "Batch norm raises test accuracy by a few points.",
    f"{ZHANG}, Table 1, section 3",
    "3.75 points",
    unit="test accuracy",
)
def batch_norm(evidence: Randomized) -> Measurement:
    means = mean_test(evidence.facts.trained(TRUE))
    both = (Architecture.INCEPTION, Architecture.INCEPTION_PLAIN)
    if not set(both) <= set(means):
        return not_run("needs Small Inception with and without batch norm")
    gap = means[both[0]] - means[both[1]]
    low, high = difference(means[both[0]], means[both[1]], evidence.facts.n_test)
    if 0.02 <= gap <= 0.06:
        verdict = ClaimVerdict.HOLDS
    else:
        verdict = ClaimVerdict.UNDECIDED if low <= 0.06 and high >= 0.02 else ClaimVerdict.DIFFERS
    words = " and ".join(f"{title(a, evidence.params.reduction)} {means[a]:.3f}" for a in both)
    return Measurement(verdict, gap, low, high, f"Test accuracies: {words}; a gap of .02 to .06 is as found.")


@finding(
    "Early stopping gains nothing on CIFAR-10.",
    f"{ZHANG}, section 3, Fig. 2b",
    "no gain",
    unit="test accuracy",
)
def early_stopping(evidence: Randomized) -> Measurement:
    fits = evidence.facts.trained(TRUE)
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
    verdict = ClaimVerdict.HOLDS if mean <= limit else ClaimVerdict.DIFFERS
    return Measurement(verdict, mean, min(gains), max(gains), note)


@finding(
    "Inception V3 fits random labels of ImageNet.",
    f"{ZHANG}, Table 2",
    "top-1 training accuracy 95.20 %",
    unit="training accuracy",
)
def imagenet(_evidence: Randomized) -> Measurement:
    return not_run(_IMAGENET)


@finding(
    "On ImageNet early stopping gains a few points where no regularizer is used.",
    f"{ZHANG}, Table 2, Fig. 2a",
    "top-1 test accuracy 63.16 instead of 59.80 %",
    unit="test accuracy",
)
def imagenet_early(_evidence: Randomized) -> Measurement:
    return not_run(_IMAGENET)


FINDINGS: tuple[Finding, ...] = (
    decay_fits,
    alexnet_decay,
    dropout_fits,
    augmentation_fits,
    not_needed,
    crops,
    batch_norm,
    early_stopping,
    imagenet,
    imagenet_early,
)
