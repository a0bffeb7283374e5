"""What Zhang et al. 2017 found of linear and kernel models."""

from collections.abc import Sequence
from math import inf, sqrt
from statistics import fmean

from backend.core.contracts import ClaimVerdict
from backend.statistics.intervals import t_interval
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, not_run
from backend.studies.randomization.evidence import ZHANG, binomial, difference, percent
from backend.studies.randomization.facts import Interpolation
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.plan import GAMMA
from backend.studies.randomization.samples import LEAST_RUNS, of_many

HELP = 0.01  # gain in test error that counts as a help


ARRIVED = 1e-8  # relative distance or error that rounding leaves
APART = 1e-4  # relative distance that rounding does not explain
_DESCENT_RULE = (
    f"Holds if the relative distance is below {ARRIVED:g}. Differs if it is above {APART:g} although SGD has"
    " fit"
    " its examples; before that it is only on its way."
)


def _descent(evidence: Randomized, start: str, quantity: str) -> Measurement:
    found = [d for d in evidence.facts.descents if d.start == start]
    if not found:
        return not_run("needs SGD on a linear model")
    run = found[-1]
    distance, residual = getattr(run, quantity)[-1], run.residual[-1]
    answer = f"relative distance {distance:.2g}"
    if distance < ARRIVED:
        verdict = ClaimVerdict.HOLDS
    elif distance > APART and residual < ARRIVED:
        verdict = ClaimVerdict.DIFFERS
    else:
        verdict = ClaimVerdict.UNDECIDED
        answer += f" with errors of {residual:.2g} on the training set; takes more epochs"
    note = (
        f"Relative distance after {run.epochs[-1]:,} epochs, n = {run.n:,}, d = {run.d:,}; norm"
        f" {run.norm[-1]:.4g}, minimum {run.minimum_norm:.4g}."
    )
    return Measurement(verdict, distance, note=note, answer=answer)


@finding(
    "SGD from zero finds the solution of least norm.",
    f"{ZHANG}, section 5, eq. 3",
    "distance 0",
    unit="relative distance",
    question="Does SGD find the least norm?",
    rule=_DESCENT_RULE,
)
def from_zero(evidence: Randomized) -> Measurement:
    return _descent(evidence, "zero", "to_minimum")


@finding(
    "From elsewhere SGD keeps the part of its start that no example sees.",
    f"follows from {ZHANG}, section 5",
    "distance 0 to the projected start plus the solution of least norm",
    unit="relative distance",
    question="Does SGD keep what no example sees?",
    rule=_DESCENT_RULE,
)
def from_elsewhere(evidence: Randomized) -> Measurement:
    return _descent(evidence, "elsewhere", "to_limit")


def _plain_kernels(evidence: Randomized, corruption: float) -> list[Interpolation]:
    """Return the models at the paper's bandwidth without ridge, by rising n."""
    found = evidence.facts.interpolations
    chosen = [k for k in found if k.gamma == GAMMA and k.ridge == 0 and k.corruption == corruption]
    return sorted(chosen, key=lambda k: k.n)


@finding(
    "A kernel model without regularizer that fits all labels still generalizes.",
    f"{ZHANG}, Table 3",
    "test error 1.2 % (MNIST), 46 % (CIFAR-10), all examples",
    unit="test error",
    arithmetic=True,
    question="Better than guessing?",
    rule="Holds if the 95 % interval of the test error at the largest n lies below that of guessing, differs"
    " if it"
    " lies above. Hardly any data make it fail, hence a check.",
)
def kernel_generalizes(evidence: Randomized) -> Measurement:
    models = _plain_kernels(evidence, 0.0)
    if not models:
        return not_run("needs a kernel model")
    largest, guessing = models[-1], 1 - evidence.facts.chance
    low, high = binomial(largest.test_error, largest.test_examples)
    verdict = below(guessing, low, high)
    answer = f"test error {percent(largest.test_error)}, guessing has {percent(guessing)}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += "; takes more examples"
    note = (
        f"Test error at n = {largest.n:,}, training error {largest.train_error:.2%}; guessing has"
        f" {guessing:.2%}. By n: " + ", ".join(f"{k.n:,}: {k.test_error:.2%}" for k in models)
    )
    return Measurement(verdict, largest.test_error, low, high, note, answer)


@finding(
    "Kernel models fit any labels exactly.",
    f"{ZHANG}, section 5",
    "training error 0",
    unit="training error",
    arithmetic=True,
    question="Are any labels fit exactly?",
    rule="Holds if no model, on random labels neither, is wrong on a training example; the matrix of a"
    " Gaussian"
    " kernel is regular, so that it cannot be unless pictures are there twice, hence a check.",
)
def kernel_fits(evidence: Randomized) -> Measurement:
    models = [k for k in evidence.facts.interpolations if k.gamma == GAMMA and k.ridge == 0]
    if not models:
        return not_run("needs a kernel model")
    worst = max(k.train_error for k in models)
    verdict = ClaimVerdict.HOLDS if worst == 0 else ClaimVerdict.DIFFERS
    note = f"Largest training error of {len(models)} models, random labels too."
    return Measurement(
        verdict, worst, note=note, answer=f"training error at most {percent(worst)} in {len(models)} models"
    )


@finding(
    "Random labels need a larger norm than true ones.",
    f"follows from {ZHANG}, section 5",
    "not available",
    unit="times the norm",
    question="Do random labels need a larger norm?",
    rule="Compares the norm for true labels with those for several draws of random ones, at the largest n."
    " Holds"
    " if it lies below the 95 % interval in which one more draw would lie, differs if it lies above.",
)
def norm_grows(evidence: Randomized) -> Measurement:
    clean, random = ({k.n: k for k in _plain_kernels(evidence, p)} for p in (0.0, 1.0))
    shared = sorted(set(clean) & set(random))
    if not shared:
        return not_run("needs kernel models of true and of random labels")
    n = shared[-1]
    draws = [random[n].norm, *random[n].redrawn]
    ratio = fmean(draws) / clean[n].norm
    low, high = (limit / clean[n].norm for limit in _of_one_more(draws))
    verdict = above(1, low, high)
    answer = f"{ratio:.2f} times the norm, over {len(draws)} draws"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += (
            "; takes more examples" if len(draws) >= LEAST_RUNS else f"; takes {LEAST_RUNS} draws or more"
        )
    note = (
        f"Norm with random labels over norm with true ones, with n = {n:,} over {len(draws)} draws. "
        + ", ".join(f"{k:,}: {random[k].norm / clean[k].norm:.2f}" for k in shared)
    )
    return Measurement(verdict, ratio, low, high, note, answer)


def _of_one_more(draws: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of one more draw, from three on."""
    if len(draws) < LEAST_RUNS:
        return -inf, inf
    low, high = t_interval(draws)
    # From the error of the mean to that of a further value beside it.
    half = (high - low) / 2 * sqrt(len(draws) + 1)
    return fmean(draws) - half, fmean(draws) + half


def _bandwidths(evidence: Randomized) -> list[Interpolation]:
    """Return the models of all bandwidths that fit, at the largest n without ridge or corruption."""
    found = [
        k for k in evidence.facts.interpolations if k.ridge == 0 and k.corruption == 0 and k.train_error == 0
    ]
    most = max((k.n for k in found), default=0)
    return [k for k in found if k.n == most]


@finding(
    "The norm does not tell which kernel model generalizes best.",
    f"{ZHANG}, section 5 (MNIST)",
    "norm 390 with 0.6 % test error against 220 with 1.2 %",
    unit="test error",
    question="Is the least norm not the best?",
    rule="Of models that fit their labels with several bandwidths, holds if the one of least norm has a"
    " larger test"
    " error than another one, differs if it has a smaller one than all others: by 95 % intervals of the"
    " differences, all together.",
)
def norm_says_little(evidence: Randomized) -> Measurement:
    models = _bandwidths(evidence)
    if len(models) < 2:
        return not_run("needs kernel models of several bandwidths that fit their labels")
    least = min(models, key=lambda k: k.norm)
    others = [k for k in models if k is not least]
    confidence = of_many(len(others))
    gaps = [difference(least.test_error, k.test_error, k.test_examples, confidence) for k in others]
    best = min(others, key=lambda k: k.test_error)
    low, high = gaps[others.index(best)]
    if low > 0:
        verdict = ClaimVerdict.HOLDS
    elif all(upper < 0 for _, upper in gaps):
        verdict = ClaimVerdict.DIFFERS
    else:
        verdict = ClaimVerdict.UNDECIDED
    words = ", ".join(f"{k.gamma:g}: norm {k.norm:.4g}, error {k.test_error:.2%}" for k in models)
    answer = (
        f"test error {percent(least.test_error)} at the least norm, {percent(best.test_error)} at the best"
        " of the"
        " others"
    )
    if verdict is ClaimVerdict.UNDECIDED:
        answer += "; takes more test examples"
    note = (
        f"Test error of the model of least norm minus the least error of the others, over bandwidths {words}."
    )
    return Measurement(verdict, least.test_error - best.test_error, low, high, note, answer)


@finding(
    "On MNIST a regularizer does not improve the kernel model.",
    f"{ZHANG}, section 5, Table 3",
    "no improvement",
    unit="test error",
    question="No gain by a ridge?",
    rule=f"Holds if the 95 % interval of the gain in test error lies below {HELP:g} with each ridge, differs"
    " if it"
    " lies above with one, all together.",
)
def ridge(evidence: Randomized) -> Measurement:
    if evidence.params.dataset != "mnist":
        return not_run("the paper says so of MNIST only")
    plain = {k.n: k for k in _plain_kernels(evidence, 0.0)}
    ridged = [k for k in evidence.facts.interpolations if k.ridge > 0 and k.corruption == 0 and k.n in plain]
    if not ridged:
        return not_run("needs kernel models with and without a ridge")
    best = min(ridged, key=lambda k: k.test_error - plain[k.n].test_error)

    def gain(model: Interpolation, confidence: float = 0.95) -> tuple[float, float]:
        without = plain[model.n].test_error
        return difference(without, model.test_error, model.test_examples, confidence)

    if all(gain(k)[1] < HELP for k in ridged):
        verdict = ClaimVerdict.HOLDS
    elif any(gain(k, of_many(len(ridged)))[0] > HELP for k in ridged):
        verdict = ClaimVerdict.DIFFERS
    else:
        verdict = ClaimVerdict.UNDECIDED
    without = plain[best.n].test_error
    low, high = gain(best)
    answer = f"test error {percent(best.test_error)} with the best ridge, {percent(without)} without"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += "; takes more test examples"
    note = f"Test error without minus with the best ridge ({best.ridge:g}); up to {HELP:g} is no help."
    return Measurement(verdict, without - best.test_error, low, high, note, answer)


FINDINGS: tuple[Finding, ...] = (
    from_zero,
    from_elsewhere,
    kernel_fits,
    kernel_generalizes,
    norm_grows,
    norm_says_little,
    ridge,
)
