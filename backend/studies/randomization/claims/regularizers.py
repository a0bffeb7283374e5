"""What Zhang et al. 2017 found of explicit regularizers, batch norm and early stopping."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.networks.architectures import Architecture, title
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, finding, not_run
from backend.studies.randomization.conditions import RANDOM_LABELS, REGULARIZER_NAMES, TRUE, Regularizer
from backend.studies.randomization.evidence import (
    FIT,
    FITTING_RULE,
    RUNS_RULE,
    TEST_RULE,
    ZHANG,
    by_network,
    compared,
    fitted,
    named,
    overfit,
    percent,
    standard_error,
)
from backend.studies.randomization.facts import OVERFIT, Fit
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.paper import CIFAR10
from backend.studies.randomization.samples import LEAST_RUNS, Sample, each_within, of_many, would_take

KEPT = 0.9  # "most" of the accuracy above chance; the paper's networks keep 93 % or more
GAP = (0.02, 0.06)  # of batch norm, around the paper's 3.75 points
NO_GAIN = 0.01  # in test accuracy, that counts as none
_IMAGENET = "needs ImageNet and days on many GPUs"
_UNREGULARIZED = "needs networks that fit true labels, with and without the paper's regularizers for them"
_CONTROL_RULE = (
    " Only the paper's networks with the same regularizer count, and only where they fit true labels in the"
    " same training and generalize."
)


def _regularized(
    evidence: Randomized, chosen: Sequence[Regularizer], *, but: Sequence[Architecture] = ()
) -> Measurement:
    """Judge whether networks fit random labels with regularizers that the paper has tried on them."""
    fits = [
        fit
        for regularizer in chosen
        for fit in evidence.facts.trained(RANDOM_LABELS, regularizer)
        if (fit.architecture, regularizer, True) in CIFAR10 and fit.architecture not in but
    ]
    words = " and ".join(REGULARIZER_NAMES[r] for r in chosen)
    tried = dict.fromkeys(a for a, r, random in CIFAR10 if random and r in chosen and a not in but)
    if not fits:
        names = ", ".join(title(a) for a in tried)
        return not_run(f"needs {names} on random labels with {words}, as in the paper")
    return fitted(evidence, fits, f"random labels with {words}", controlled=True)


@finding(
    "Weight decay does not keep networks from fitting random labels.",
    f"{ZHANG}, Table 4",
    "training accuracy 99.21 to 100 %; Small AlexNet, of which another claim speaks, does not converge",
    unit="training accuracy",
    question="Are random labels fit despite weight decay?",
    rule=FITTING_RULE + _CONTROL_RULE,
)
def decay_fits(evidence: Randomized) -> Measurement:
    return _regularized(evidence, [Regularizer.WEIGHT_DECAY], but=[Architecture.ALEXNET])


@finding(
    "Small AlexNet with weight decay does not converge on random labels.",
    f"{ZHANG}, Table 4",
    "does not converge",
    unit="training accuracy",
    question="Does weight decay keep Small AlexNet from random labels?",
    rule=f"Holds if the interval of its training accuracy lies below {FIT:.0%}, although it fits random"
    " labels"
    " without weight decay, and true labels with it in at most a quarter of the steps. Differs if it fits"
    " them." + RUNS_RULE,
)
def alexnet_decay(evidence: Randomized) -> Measurement:
    plain, decayed = (
        [f for f in evidence.facts.trained(RANDOM_LABELS, r) if f.architecture is Architecture.ALEXNET]
        for r in (Regularizer.NONE, Regularizer.WEIGHT_DECAY)
    )
    if not plain or not decayed:
        return not_run("needs Small AlexNet on random labels with and without weight decay")
    what = "random labels with weight decay"
    fit = fitted(evidence, decayed, what, controlled=True)
    if fit.verdict is ClaimVerdict.NOT_RUN:
        return fit
    without = fmean(f.train[-1] for f in plain)
    verdict, answer = fit.verdict, fit.answer
    if verdict is ClaimVerdict.HOLDS:
        verdict = ClaimVerdict.DIFFERS
    elif verdict is ClaimVerdict.DIFFERS:
        fits_without = fitted(evidence, plain, "random labels").verdict is ClaimVerdict.HOLDS
        verdict = ClaimVerdict.HOLDS if fits_without else ClaimVerdict.UNDECIDED
        answer = f"training accuracy {percent(fit.measured or 0.0)}, without weight decay {percent(without)}"
        if not fits_without:
            answer += "; takes training in which it fits them without weight decay"
    note = (
        f"Training accuracy of {title(Architecture.ALEXNET, evidence.params.reduction)} with weight decay;"
        f" without {without:.3f}, and only if that is a fit does this say anything."
    )
    return replace(fit, verdict=verdict, note=note, answer=answer)


@finding(
    "Dropout does not keep networks from fitting random labels.",
    f"{ZHANG}, Table 2 (Inception V3 on ImageNet, with weight decay)",
    "training accuracy 91.18 %",
    unit="training accuracy",
    question="Are random labels fit despite dropout?",
    rule="Never judged: the paper tried dropout on Inception V3 and ImageNet alone. Perceptrons with dropout"
    " are"
    " another matter, and what they reach is told.",
)
def dropout_fits(evidence: Randomized) -> Measurement:
    reached = {
        architecture: fmean(fit.train[-1] for fit in fits)
        for architecture, fits in by_network(
            evidence.facts.trained(RANDOM_LABELS, Regularizer.DROPOUT)
        ).items()
    }
    ours = named(evidence, {a: percent(accuracy) for a, accuracy in reached.items()})
    told = f"; ours, without weight decay, reach on random labels: {ours}" if ours else ""
    return not_run(
        f"needs Inception V3 on ImageNet, the only network that the paper tried with dropout{told}"
    )


@finding(
    "Data augmentation does not keep networks from fitting random labels.",
    f"{ZHANG}, Table 4 (Small Inception, trained longer)",
    "training accuracy 99.93 % with crops, 99.28 % with all of it",
    unit="training accuracy",
    question="Are random labels fit despite augmentation?",
    rule=FITTING_RULE + _CONTROL_RULE,
)
def augmentation_fits(evidence: Randomized) -> Measurement:
    return _regularized(evidence, [Regularizer.CROP, Regularizer.AUGMENTATION])


def _tried(evidence: Randomized, regularizer: Regularizer) -> dict[Architecture, list[Fit]]:
    """Return the networks that the paper trained on true labels with a regularizer, those that have fit."""
    fits = overfit(evidence.facts.trained(TRUE, regularizer))
    return {a: runs for a, runs in by_network(fits).items() if (a, regularizer, False) in CIFAR10}


@finding(
    "Without any regularizer networks keep most of their test accuracy.",
    f"{ZHANG}, Table 1, section 3",
    "above chance 93 to 100 % of the best",
    unit="of the best above chance",
    question="Is most of the accuracy kept without regularizers?",
    rule=f"Holds if every network keeps more than {KEPT:.0%} of its test accuracy above chance beside each"
    " regularizer that the paper tried on it; differs if one keeps less. Only networks that fit true labels"
    " count." + TEST_RULE,
)
def not_needed(evidence: Randomized) -> Measurement:
    """Compare what an architecture keeps above chance without regularizers, beside each of them."""
    plain = _tried(evidence, Regularizer.NONE)
    if not plain:
        return not_run(_UNREGULARIZED)
    chance = evidence.facts.chance

    def beyond_most(without: float, held: float) -> float:
        return (without - chance) - KEPT * (held - chance)

    found: list[tuple[Architecture, Regularizer, Sample, float]] = []
    for regularizer in Regularizer:
        for architecture, runs in _tried(evidence, regularizer).items():
            above = fmean(fit.test[-1] for fit in runs) - chance
            if regularizer is Regularizer.NONE or architecture not in plain or above <= 0:
                continue
            sample = compared(evidence, plain[architecture], runs, beyond_most, KEPT)
            if sample is not None:
                found.append((architecture, regularizer, sample, above))
    if not found:
        return not_run(
            "needs networks that fit true labels, with and without the paper's regularizers for them"
        )
    samples = [sample for _, _, sample, _ in found]
    verdict = each_within(samples, 0.0)
    kept = [KEPT + sample.mean / above for _, _, sample, above in found]
    architecture, regularizer, sample, above = found[int(np.argmin(kept))]
    low, high = (KEPT + limit / above for limit in sample.interval())
    who = f"{title(architecture, evidence.params.reduction)} beside {REGULARIZER_NAMES[regularizer]}"
    answer = f"{percent(min(kept))} in {who}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(samples)}"
    words = "; ".join(
        f"{title(a, evidence.params.reduction)} beside {REGULARIZER_NAMES[r]} {percent(share)}"
        for (a, r, _, _), share in zip(found, kept, strict=True)
    )
    note = f"Test accuracy above chance without any regularizer over that with one, the least of: {words}."
    return Measurement(verdict, min(kept), low, high, note, answer)


@finding(
    "Random crops raise the test accuracy of convolutional networks.",
    f"{ZHANG}, Table 1",
    "by 3.6 points each (Small Inception, Small AlexNet)",
    unit="test accuracy",
    question="Do random crops help?",
    rule="Holds if the interval of the gain lies above 0 in Small Inception and Small AlexNet, as far as"
    " they are"
    f" run; differs if it lies below in one. Only networks that fit {OVERFIT:.0%} of true labels count."
    + TEST_RULE,
)
def crops(evidence: Randomized) -> Measurement:
    plain, cropped = _tried(evidence, Regularizer.NONE), _tried(evidence, Regularizer.CROP)
    gains = {
        a: gain
        for a in plain
        if a in cropped and (gain := compared(evidence, cropped[a], plain[a])) is not None
    }
    if not gains:
        return not_run(
            "needs Small Inception or Small AlexNet, as the paper crops for them, to fit true labels"
        )
    return _gained(evidence, gains, each_within(list(gains.values()), 0.0), "with random crops")


def _gained(
    evidence: Randomized, gains: Mapping[Architecture, Sample], verdict: ClaimVerdict, what: str
) -> Measurement:
    """Tell gains in test accuracy, by the network that gains least."""
    least = min(gains.values(), key=lambda sample: sample.mean)
    low, high = least.interval()
    words = named(evidence, {a: f"{sample.mean:+.3f}" for a, sample in gains.items()})
    answer = words
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(list(gains.values()))}"
    return Measurement(verdict, least.mean, low, high, f"Gain in test accuracy {what}: {words}.", answer)


@finding(
    "Batch norm raises test accuracy by a few points.",
    f"{ZHANG}, Table 1, section 3",
    "3.75 points",
    unit="test accuracy",
    question="A few points by batch norm?",
    rule=f"Holds if the interval of the gap lies from {GAP[0]:g} to {GAP[1]:g}, differs if it lies wholly"
    " outside."
    f" Both networks must fit {OVERFIT:.0%} of true labels." + TEST_RULE,
)
def batch_norm(evidence: Randomized) -> Measurement:
    networks = by_network(overfit(evidence.facts.trained(TRUE)))
    with_norm, without = (networks.get(a, []) for a in (Architecture.INCEPTION, Architecture.INCEPTION_PLAIN))
    gap = compared(evidence, with_norm, without)
    if gap is None:
        return not_run("needs Small Inception with and without batch norm, both of which fit true labels")
    return _gained(evidence, {Architecture.INCEPTION: gap}, each_within([gap], *GAP), "by batch norm")


@finding(
    "With true labels early stopping gains nothing.",
    f"{ZHANG}, section 3, Fig. 2b (CIFAR-10)",
    "no gain",
    unit="test accuracy",
    question="Nothing gained by early stopping?",
    rule=f"Holds if in every network the upper limit of the gain is below {NO_GAIN:g}, and the test set"
    " large enough"
    " to tell so much: the upper limit takes each run's own best epoch, which noise favors. Differs if the"
    " lower limit is above by more than the error of the test set: it takes the epoch at which the other runs"
    " are best. Only networks that fit true labels count." + RUNS_RULE,
)
def early_stopping(evidence: Randomized) -> Measurement:
    networks = by_network(overfit(evidence.facts.trained(TRUE)))
    if not networks:
        return not_run(f"needs networks that fit {OVERFIT:.0%} of true labels")
    n = evidence.facts.n_test
    samples = {a: Sample(_at_others_best(fits), _at_own_best(fits)) for a, fits in networks.items()}
    error = {
        a: normal_quantile(0.95) * standard_error(fmean(f.test[-1] for f in fits), n)
        for a, fits in networks.items()
    }
    confidence = of_many(len(samples))
    if all(s.interval()[1] < NO_GAIN and error[a] <= NO_GAIN for a, s in samples.items()):
        verdict = ClaimVerdict.HOLDS
    elif any(s.interval(confidence)[0] - error[a] > NO_GAIN for a, s in samples.items()):
        verdict = ClaimVerdict.DIFFERS
    else:
        verdict = ClaimVerdict.UNDECIDED
    most = max(samples, key=lambda a: samples[a].mean)
    low, high = samples[most].interval()
    gained = fmean(samples[most].highs)
    answer = f"{gained:.3f} in test accuracy at the best epoch"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(list(samples.values()))}"
        if max(error.values()) > NO_GAIN:
            enough = n * (max(error.values()) / NO_GAIN) ** 2
            answer += f" and {enough:,.0f} test examples rather than {n:,}"
    note = (
        "Best test accuracy along the training minus the last one, of"
        f" {title(most, evidence.params.reduction)};"
        " the best of many epochs is above the last by chance alone, which the interval allows for."
    )
    return Measurement(verdict, gained, low, high, note, answer)


def _at_own_best(fits: Sequence[Fit]) -> list[float]:
    """Return the gain of each run at its own best epoch: more than can be had without knowing it."""
    return [max(fit.test) - fit.test[-1] for fit in fits]


def _at_others_best(fits: Sequence[Fit]) -> list[float]:
    """Return the gain of each run at the epoch that is best for the others: less than can be had."""
    curves = np.array([fit.test[: min(len(f.test) for f in fits)] for fit in fits])
    gains = curves - np.array([[fit.test[-1]] for fit in fits])
    if len(fits) < LEAST_RUNS:
        return [0.0] * len(fits)
    best = (gains.sum(axis=0) - gains).argmax(axis=1)
    return [float(gain) for gain in gains[np.arange(len(fits)), best]]


@finding(
    "Inception V3 fits random labels of ImageNet.",
    f"{ZHANG}, Table 2",
    "top-1 training accuracy 95.20 %",
    unit="training accuracy",
    question="Are random labels of ImageNet fit?",
    rule="Never judged: Memoscope does not train on ImageNet.",
)
def imagenet(_evidence: Randomized) -> Measurement:
    return not_run(_IMAGENET)


@finding(
    "On ImageNet early stopping gains a few points where no regularizer is used.",
    f"{ZHANG}, Table 2, Fig. 2a",
    "top-1 test accuracy 63.16 instead of 59.80 %",
    unit="test accuracy",
    question="Does early stopping help on ImageNet?",
    rule="Never judged: Memoscope does not train on ImageNet.",
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
