"""What claims are measured on: an experiment's facts, and how networks among them compare."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from math import hypot, sqrt
from statistics import fmean

from backend.core.contracts import ClaimVerdict
from backend.networks.architectures import Architecture, title
from backend.statistics.intervals import newcombe, wilson
from backend.studies.kit.findings import Measurement, not_run
from backend.studies.randomization.conditions import REGULARIZER_NAMES, TRUE, Condition, Regularizer
from backend.studies.randomization.facts import OVERFIT, Fit
from backend.studies.randomization.found import Randomized
from backend.studies.randomization.samples import LEAST_RUNS, Sample, of_many, would_take

ZHANG = "Zhang et al. 2017"
FIT = 0.99  # training accuracy that counts as fitting, as in the paper's Table 1
SLOWDOWN = 4.0  # the largest "small constant factor" of the paper is 3.6

# How it is judged whether networks fit.
FITTING_RULE = (
    f"A network fits if all its runs are right on every training example, or from {LEAST_RUNS} runs on if the"
    f" 95 % interval of its training accuracy lies above {FIT:.0%}. Holds if all networks fit. Differs if"
    " the interval of one lies below although it fits true labels in the same training, in at most a quarter"
    " of the steps."
)
RUNS_RULE = f" Intervals are 95 % t-intervals over runs, from {LEAST_RUNS} on."
TEST_RULE = (
    f" Intervals are 95 % t-intervals over runs, from {LEAST_RUNS} on, with the error of the test set."
)

Group = tuple[Architecture, Regularizer, Condition]


def percent(share: float) -> str:
    """Return a share in percent, with one digit where it has one."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def grouped(fits: Iterable[Fit]) -> dict[Group, list[Fit]]:
    """Return the runs of each network on each condition."""
    found: dict[Group, list[Fit]] = {}
    for fit in fits:
        found.setdefault((fit.architecture, fit.regularizer, fit.condition), []).append(fit)
    return found


def by_network(fits: Iterable[Fit]) -> dict[Architecture, list[Fit]]:
    """Return each network's runs."""
    found: dict[Architecture, list[Fit]] = {}
    for fit in fits:
        found.setdefault(fit.architecture, []).append(fit)
    return found


def fitted(
    evidence: Randomized, fits: Collection[Fit], what: str, *, controlled: bool = False
) -> Measurement:
    """Judge whether all networks fit their training sets; the network that fits least is told.

    `controlled`: only those networks are judged that learn true labels in the same way, since a regularizer
    that does nothing, or nothing but harm, is no test.
    """
    if not fits:
        return not_run(f"needs networks trained on {what}")
    groups = grouped(fits)
    if controlled:
        groups = {group: runs for group, runs in groups.items() if _learns(evidence, group)}
        if not groups:
            return not_run(f"needs networks that fit true labels in the same way and generalize, on {what}")
    trained = sum(map(len, groups.values()))
    samples = {group: Sample.of([fit.train[-1] for fit in runs]) for group, runs in groups.items()}
    complete = {group for group, runs in groups.items() if _complete(evidence, runs)}
    fit = complete | {group for group, sample in samples.items() if sample.interval()[0] >= FIT}
    confidence = of_many(len(samples))
    short = {group for group, sample in samples.items() if sample.interval(confidence)[1] < FIT}
    refuted = {group for group in short if _patient(evidence, group, groups[group])}
    worst = min(samples, key=lambda group: samples[group].mean)
    # Runs without a mistake leave nothing to estimate.
    low, high = (1.0, 1.0) if worst in complete else samples[worst].interval()
    reached = sum(run.train[-1] >= FIT for run in chain.from_iterable(groups.values()))
    words = f"at least {percent(samples[worst].mean)}, {reached} of {trained} trainings at {FIT:.0%}"
    name = _name(evidence, worst)
    if len(fit) == len(groups):
        verdict, answer = ClaimVerdict.HOLDS, words
    elif refuted:
        verdict = ClaimVerdict.DIFFERS
        answer = f"{name} reaches {percent(samples[worst].mean)}; {reached} of {trained} trainings {FIT:.0%}"
    else:
        verdict = ClaimVerdict.UNDECIDED
        left = [samples[group] for group in samples if group not in fit | short]
        need = would_take(left) if left else "takes true labels fit in a quarter of the steps, or more epochs"
        answer = f"{words}; {need}"
    note = (
        f"Lowest mean training accuracy of {len(groups)} networks on {what}, and its interval; the lowest is"
        f" {name}. {reached} of {trained} trainings reach {FIT:.0%}."
    )
    return Measurement(verdict, samples[worst].mean, max(low, 0.0), min(high, 1.0), note, answer)


def _complete(evidence: Randomized, runs: Sequence[Fit]) -> bool:
    """Whether all runs are right on all examples, and these are many enough for that to be no chance."""
    n = evidence.facts.n_train
    return all(fit.train[-1] == 1 for fit in runs) and binomial(1.0, n)[0] >= FIT


def _control(evidence: Randomized, group: Group) -> list[Fit]:
    architecture, regularizer, _ = group
    return [fit for fit in evidence.facts.trained(TRUE, regularizer) if fit.architecture is architecture]


def _learns(evidence: Randomized, group: Group) -> bool:
    """Whether the same network with the same regularizer fits true labels, and generalizes."""
    control = _control(evidence, group)
    if not control or any(fit.train[-1] < FIT for fit in control):
        return False
    accuracy = fmean(fit.test[-1] for fit in control)
    return binomial(accuracy, evidence.facts.n_test)[0] > evidence.facts.chance


def _patient(evidence: Randomized, group: Group, runs: Sequence[Fit]) -> bool:
    """Whether runs had as many steps as the paper's slowest network needs beside those for true labels."""
    control = [fit.reached(FIT).high for fit in _control(evidence, group)]
    return bool(control) and min(fit.steps for fit in runs) >= SLOWDOWN * max(control)


def _name(evidence: Randomized, group: Group) -> str:
    architecture, regularizer, condition = group
    held = "" if regularizer is Regularizer.NONE else f" with {REGULARIZER_NAMES[regularizer]}"
    return f"{title(architecture, evidence.params.reduction)}{held} on {condition.name}"


def overfit(fits: Iterable[Fit]) -> list[Fit]:
    """Return the networks that have fit their training set in the end."""
    return [fit for fit in fits if fit.train[-1] >= OVERFIT]


def tests(fits: Iterable[Fit]) -> dict[int, float]:
    """Return the test accuracy of each run."""
    return {fit.run: fit.test[-1] for fit in fits}


def compared(
    evidence: Randomized,
    better: Iterable[Fit],
    worse: Iterable[Fit],
    gain: Callable[[float, float], float] = lambda a, b: a - b,
    weight: float = 1.0,
) -> Sample | None:
    """Return the gain in test accuracy of one network over another, run by run, None without common runs.

    `weight` is that of the second accuracy in the gain, for the error that the test set leaves.
    """
    first, second = tests(better), tests(worse)
    shared = sorted(set(first) & set(second))
    if not shared:
        return None
    a, b = (fmean(found[run] for run in shared) for found in (first, second))
    n = evidence.facts.n_test
    error = hypot(standard_error(a, n), weight * standard_error(b, n))
    return Sample.of([gain(first[run], second[run]) for run in shared], error)


def named(evidence: Randomized, found: Mapping[Architecture, str]) -> str:
    """Return what is said of each network, with its name."""
    return ", ".join(f"{title(a, evidence.params.reduction)} {words}" for a, words in found.items())


def standard_error(share: float, n: int) -> float:
    """Return the standard error of a share of n examples, one more and one less among them than there are."""
    smoothed = (share * n + 1) / (n + 2)
    return sqrt(smoothed * (1 - smoothed) / (n + 2))


def binomial(share: float, n: int) -> tuple[float, float]:
    """Return the interval of a share of n examples."""
    low, high = wilson(share * n, n)
    return float(low), float(high)


def difference(first: float, second: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of a difference of two accuracies on n test examples each."""
    low, high = newcombe(first * n, n, second * n, n, confidence)
    return float(low), float(high)
