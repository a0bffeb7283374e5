"""What Zhang et al. 2017 found of linear and kernel models."""

from backend.core.contracts import ClaimVerdict
from backend.studies.kit.findings import Finding, Measurement, above, below, finding, not_run
from backend.studies.randomization.evidence import ZHANG, binomial, difference
from backend.studies.randomization.facts import Interpolation
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.plan import GAMMA


def _descent(evidence: Randomized, start: str, quantity: str) -> Measurement:
    found = [d for d in evidence.facts.descents if d.start == start]
    if not found:
        return not_run("needs SGD on a linear model")
    run = found[-1]
    distance = getattr(run, quantity)[-1]
    verdict = ClaimVerdict.HOLDS if distance < 1e-8 else ClaimVerdict.DIFFERS
    note = (
        f"Relative distance after {run.epochs[-1]:,} epochs, n = {run.n:,}, d = {run.d:,}; norm"
        f" {run.norm[-1]:.4g}, minimum {run.minimum_norm:.4g}."
    )
    return Measurement(verdict, distance, note=note)


@finding(
    "SGD from zero finds the solution of least norm.",
    f"{ZHANG}, section 5, eq. 3",
    "distance 0",
    unit="relative distance",
)
def from_zero(evidence: Randomized) -> Measurement:
    return _descent(evidence, "zero", "to_minimum")


@finding(
    "From elsewhere SGD keeps the part of its start that no example sees.",
    f"follows from {ZHANG}, section 5",
    "distance 0 to the projected start plus the solution of least norm",
    unit="relative distance",
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
)
def kernel_generalizes(evidence: Randomized) -> Measurement:
    models = _plain_kernels(evidence, 0.0)
    if not models:
        return not_run("needs a kernel model")
    largest = models[-1]
    low, high = binomial(largest.test_error, largest.test_examples)
    note = (
        f"Test error at n = {largest.n:,}, training error {largest.train_error:.2%}; guessing has"
        f" {1 - evidence.facts.chance:.2%}. By n: "
        + ", ".join(f"{k.n:,}: {k.test_error:.2%}" for k in models)
    )
    return Measurement(below(1 - evidence.facts.chance, low, high), largest.test_error, low, high, note)


@finding(
    "Kernel models fit any labels exactly.",
    f"{ZHANG}, section 5",
    "training error 0",
    unit="training error",
)
def kernel_fits(evidence: Randomized) -> Measurement:
    models = [k for k in evidence.facts.interpolations if k.gamma == GAMMA and k.ridge == 0]
    if not models:
        return not_run("needs a kernel model")
    worst = max(k.train_error for k in models)
    verdict = ClaimVerdict.HOLDS if worst == 0 else ClaimVerdict.DIFFERS
    return Measurement(
        verdict, worst, note=f"Largest training error of {len(models)} models, random labels too."
    )


@finding(
    "Random labels need a larger norm than true ones.",
    f"follows from {ZHANG}, section 5",
    "not available",
    unit="times the norm",
)
def norm_grows(evidence: Randomized) -> Measurement:
    clean, random = ({k.n: k for k in _plain_kernels(evidence, p)} for p in (0.0, 1.0))
    shared = sorted(set(clean) & set(random))
    if not shared:
        return not_run("needs kernel models of true and of random labels")
    ratios = [random[n].norm / clean[n].norm for n in shared]
    note = "Norm with random labels over norm with true ones, at the largest n and over all. " + ", ".join(
        f"{n:,}: {ratio:.2f}" for n, ratio in zip(shared, ratios, strict=True)
    )
    return Measurement(above(1, min(ratios), max(ratios)), ratios[-1], min(ratios), max(ratios), note)


def _bandwidths(evidence: Randomized) -> list[Interpolation]:
    """Return the models of all bandwidths at the largest n without ridge or corruption."""
    found = [k for k in evidence.facts.interpolations if k.ridge == 0 and k.corruption == 0]
    most = max((k.n for k in found), default=0)
    return [k for k in found if k.n == most]


@finding(
    "The norm does not tell which kernel model generalizes best.",
    f"{ZHANG}, section 5 (MNIST)",
    "norm 390 with 0.6 % test error against 220 with 1.2 %",
    unit="test error",
)
def norm_says_little(evidence: Randomized) -> Measurement:
    models = _bandwidths(evidence)
    if len(models) < 2:
        return not_run("needs kernel models of several bandwidths")
    least, best = min(models, key=lambda k: k.norm), min(models, key=lambda k: k.test_error)
    low, high = difference(least.test_error, best.test_error, best.test_examples)
    words = ", ".join(f"{k.gamma:g}: norm {k.norm:.4g}, error {k.test_error:.2%}" for k in models)
    note = f"Test error of the model of least norm minus the least error, over bandwidths {words}."
    return Measurement(above(0, low, high), least.test_error - best.test_error, low, high, note)


@finding(
    "On MNIST a regularizer does not improve the kernel model.",
    f"{ZHANG}, section 5, Table 3",
    "no improvement",
    unit="test error",
)
def ridge(evidence: Randomized) -> Measurement:
    plain = _plain_kernels(evidence, 0.0)
    ridged = [k for k in evidence.facts.interpolations if k.ridge > 0]
    if evidence.params.dataset != "mnist":
        return not_run("the paper says so of MNIST only")
    if not plain or not ridged:
        return not_run("needs kernel models with and without a ridge")
    best = min(ridged, key=lambda k: k.test_error)
    gain = plain[-1].test_error - best.test_error
    low, high = difference(plain[-1].test_error, best.test_error, best.test_examples)
    note = f"Test error without minus with the best ridge ({best.ridge:g}); less than .01 counts as no help."
    return Measurement(below(0.01, low, high), gain, low, high, note)


FINDINGS: tuple[Finding, ...] = (
    from_zero,
    from_elsewhere,
    kernel_fits,
    kernel_generalizes,
    norm_grows,
    norm_says_little,
    ridge,
)
