"""What Zhang et al. 2017 found of networks that fit randomized data, from true to random labels."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from math import exp, inf, isfinite, log
from statistics import fmean

from backend.core.contracts import ClaimVerdict
from backend.networks.architectures import Architecture, is_convolutional, title
from backend.statistics.intervals import normal_quantile
from backend.studies.kit.findings import Finding, Measurement, finding, not_run
from backend.studies.randomization.conditions import (
    GAUSSIAN,
    RANDOM_LABELS,
    RANDOM_PIXELS,
    SHUFFLED,
    TRUE,
    Condition,
)
from backend.studies.randomization.evidence import (
    FITTING_RULE,
    RUNS_RULE,
    SLOWDOWN,
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
from backend.studies.randomization.runs import Ratio, slowdowns
from backend.studies.randomization.samples import LEAST_RUNS, Sample, each_within, of_many, would_take

CHANCE_WITHIN = 0.015  # how far a test error may lie from chance
# Passes over the training set. What is fit within fewer is so easy that any wrong label multiplies its time.
LONG_ENOUGH = 10
_RATIO_RULE = (
    f"The interval is a 95 % t-interval of the logarithm over runs, from {LEAST_RUNS} on. A network that"
    " never"
    f" gets to {OVERFIT:.0%} takes at least as long as it was trained; times are known up to the looks around"
    " them."
)

Rates = Mapping[tuple[Architecture, int], Ratio]


@finding(
    "Networks fit random labels.",
    f"{ZHANG}, Table 1 (CIFAR-10)",
    "training accuracy 99.34 to 100 %",
    unit="training accuracy",
    question="Are random labels fit?",
    rule=FITTING_RULE,
)
def random_labels(evidence: Randomized) -> Measurement:
    return fitted(evidence, evidence.facts.trained(RANDOM_LABELS), "random labels")


@finding(
    "Networks fit shuffled pixels, random pixels and Gaussian noise.",
    f"{ZHANG}, section 2, Fig. 1a (CIFAR-10)",
    "training loss goes to 0",
    unit="training accuracy",
    question="Is noise fit?",
    rule=FITTING_RULE,
)
def random_inputs(evidence: Randomized) -> Measurement:
    fits = [fit for mode in (SHUFFLED, RANDOM_PIXELS, GAUSSIAN) for fit in evidence.facts.trained(mode)]
    return fitted(evidence, fits, "shuffled pixels, random pixels and noise")


@finding(
    "Whatever share of the labels is random, networks fit all of them.",
    f"{ZHANG}, section 2, Fig. 1b, 1c; Table 1",
    "training accuracy 100 %, that of MLP 1 x 512 99.34 % on random labels",
    unit="training accuracy",
    question="Is every share of random labels fit?",
    rule=FITTING_RULE,
)
def sweep(evidence: Randomized) -> Measurement:
    swept = _swept(evidence)
    if len(swept) < 2:
        return not_run("needs two probabilities of corruption")
    fits = [fit for condition in swept for fit in evidence.facts.trained(condition)]
    return fitted(evidence, fits, "labels corrupted with any probability")


def _swept(evidence: Randomized) -> list[Condition]:
    """Return the conditions with undisguised pixels by rising corruption."""
    plain = {fit.condition for fit in evidence.facts.trained() if fit.pixels == TRUE.pixels}
    return sorted(plain, key=lambda condition: condition.corruption)


@finding(
    "A network that fits random labels is at chance on the test set.",
    f"{ZHANG}, Table 1, Fig. 1c (CIFAR-10)",
    "test error 89.39 to 90.22 %",
    unit="test error",
    question="At chance on the test set?",
    rule=f"Holds if the interval of the mean test error lies within {CHANCE_WITHIN} of chance. Differs if"
    " that of"
    f" one network lies wholly outside. Only networks that fit {OVERFIT:.0%} count." + TEST_RULE,
)
def chance(evidence: Randomized) -> Measurement:
    fits = overfit(evidence.facts.trained(RANDOM_LABELS))
    if not fits:
        return not_run(f"needs networks that fit {OVERFIT:.0%} of random labels")
    facts = evidence.facts
    expected = 1 - facts.chance
    error = standard_error(expected, facts.n_test)
    every = Sample.of([1 - fit.test[-1] for fit in fits], error)
    networks = by_network(fits)
    each = [Sample.of([1 - fit.test[-1] for fit in runs], error) for runs in networks.values()]
    band = expected - CHANCE_WITHIN, expected + CHANCE_WITHIN
    verdict, of_one = each_within([every], *band), each_within(each, *band)
    if of_one is ClaimVerdict.DIFFERS:
        verdict = of_one
    low, high = every.interval()
    answer = f"test error {percent(every.mean)}, chance is {percent(expected)}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take([every])}"
        # The error of the test set alone is then half of what may be off.
        enough = expected * (1 - expected) * (2 * normal_quantile(0.95) / CHANCE_WITHIN) ** 2
        if facts.n_test < enough:
            answer += f", {enough:,.0f} test examples rather than {facts.n_test:,}"
    words = named(evidence, {a: percent(s.mean) for a, s in zip(networks, each, strict=True)})
    note = (
        f"Mean test error of {len(fits)} trainings; chance is {expected:.3f}, {CHANCE_WITHIN} off is near."
        f" By network: {words}."
    )
    return Measurement(verdict, every.mean, low, high, note, answer)


def _log(steps: float) -> float:
    return log(steps) if 0 < steps < inf else (inf if steps > 0 else -inf)


def _exp(value: float) -> float:
    return exp(value) if isfinite(value) else (inf if value > 0 else 0.0)


def _sample(ratios: Iterable[Ratio]) -> Sample:
    """Return the logarithms of ratios."""
    pairs = [(_log(ratio.low), _log(ratio.high)) for ratio in ratios]
    return Sample([low for low, _ in pairs], [high for _, high in pairs])


def _times(ratios: Iterable[Ratio]) -> str:
    """Say how many times the steps, at least where a network never got there."""
    known = list(ratios)
    least = "at least " if any(ratio.at_least for ratio in known) else ""
    return f"{least}{_geometric(known):.2f} times"


def _geometric(ratios: Iterable[Ratio]) -> float:
    return exp(fmean(log(max(ratio.value, 1e-9)) for ratio in ratios))


def _of_each(rates: Rates) -> dict[Architecture, list[Ratio]]:
    found: dict[Architecture, list[Ratio]] = {}
    for (architecture, _), ratio in rates.items():
        found.setdefault(architecture, []).append(ratio)
    return found


def _ordered(
    evidence: Randomized,
    slow: Condition,
    others: Sequence[Condition],
    note: str,
    networks: Collection[Architecture] = tuple(Architecture),
) -> Measurement:
    """Judge whether these networks take longer for one condition than for each of the others."""
    found = [
        (architecture, fast, ratios)
        for fast in others
        for architecture, ratios in _of_each(
            slowdowns(evidence.facts.trained(slow), evidence.facts.trained(fast))
        ).items()
        if architecture in networks
    ]
    if {fast for _, fast, _ in found} != set(others):
        words = " and ".join(fast.name for fast in others)
        return not_run(f"needs networks on {slow.name}, and the same ones to fit {words}")
    samples = [_sample(ratios) for _, _, ratios in found]
    verdict = each_within(samples, 0.0)
    architecture, fast, ratios = min(found, key=lambda one: _geometric(one[2]))
    low, high = _sample(ratios).interval()
    weakest = f"{title(architecture, evidence.params.reduction)}, beside {fast.name}"
    answer = f"{_times(ratios)} the steps in {weakest}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(samples)}"
    words = "; ".join(
        f"{title(a, evidence.params.reduction)} beside {f.name} {_times(r)}" for a, f, r in found
    )
    text = f"{note} Geometric mean and interval over {len(ratios)} runs of the weakest: {words}."
    return Measurement(verdict, _geometric(ratios), _exp(low), _exp(high), text, answer)


_CONVOLUTIONAL = tuple(filter(is_convolutional, Architecture))


@finding(
    "Shuffled pixels take longer to fit than the pictures themselves.",
    f"{ZHANG}, Fig. 1a (Small Inception); steps to loss .01 from a published repetition of it",
    "6.7 against 5.7 thousand steps",
    unit="times the steps",
    question="Do shuffled pixels take longer?",
    rule="Holds if the interval of the ratio of steps lies above 1 in every convolutional network, differs"
    " if it"
    " lies below in one. To perceptrons, which know no neighbors, shuffled pixels are the same task. "
    + _RATIO_RULE,
)
def shuffled_later(evidence: Randomized) -> Measurement:
    if not any(fit.architecture in _CONVOLUTIONAL for fit in evidence.facts.trained(SHUFFLED)):
        return not_run(
            "needs a convolutional network: perceptrons know no neighbors that could be torn apart"
        )
    note = "Steps until shuffled pixels are fit, relative to true labels."
    return _ordered(evidence, SHUFFLED, [TRUE], note, _CONVOLUTIONAL)


@finding(
    "Random labels take longer to fit than random pixels and Gaussian noise.",
    f"{ZHANG}, section 2, Fig. 1a (Small Inception); steps to loss .01 from a published repetition of it",
    "17.7 against 13.0 and 9.9 thousand steps",
    unit="times the steps",
    question="Do random labels take longest?",
    rule="Holds if the interval of the ratio of steps lies above 1 in every network, beside random pixels and"
    " beside noise; differs if one lies below. " + _RATIO_RULE,
)
def labels_last(evidence: Randomized) -> Measurement:
    note = "Steps until random labels are fit, relative to random pixels and to noise."
    return _ordered(evidence, RANDOM_LABELS, [GAUSSIAN, RANDOM_PIXELS], note)


@finding(
    "Random labels are hardly fit at first; once they are, it goes fast.",
    f"{ZHANG}, section 2, Fig. 1a (Small Inception)",
    "not available (shown by curves)",
    unit="share of the steps",
    question="A delay before random labels are fit?",
    rule=f"Of the steps to {OVERFIT:.0%} training accuracy, the share until the loss has halved is compared"
    " between random and true labels. Holds if the interval of the difference lies above 0 in every network,"
    " differs if it lies below in one." + RUNS_RULE,
)
def delayed(evidence: Randomized) -> Measurement:
    """Compare how much of the time to fit has passed when the loss has halved."""
    random, true = (
        {(f.architecture, f.run): _until_halved(f) for f in evidence.facts.trained(c)}
        for c in (RANDOM_LABELS, TRUE)
    )
    later: dict[Architecture, list[tuple[float, float]]] = {}
    for key in random:
        if key in true:
            (low, high), (least, most) = random[key], true[key]
            later.setdefault(key[0], []).append((low - most, high - least))
    if not later:
        return not_run("needs networks on true and on random labels")
    samples = {a: Sample([low for low, _ in p], [high for _, high in p]) for a, p in later.items()}
    verdict = each_within(list(samples.values()), 0.0)
    weakest = min(samples.values(), key=lambda sample: sample.mean)
    low, high = weakest.interval()
    words = named(evidence, {a: f"{sample.mean:+.2f}" for a, sample in samples.items()})
    answer = f"{words} of the time to fit"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(list(samples.values()))}"
    note = (
        "Share of the steps to fit after which the loss has halved, with random minus with true labels; mean"
        f" and interval of the network with the least. {words}."
    )
    return Measurement(verdict, weakest.mean, max(low, -1.0), min(high, 1.0), note, answer)


def _until_halved(fit: Fit) -> tuple[float, float]:
    """Return between which shares of the steps to overfit the loss has halved."""
    halved, over = fit.halved(), fit.reached(OVERFIT)
    if over.high == 0:
        return 0.0, 1.0
    high = halved.high / over.low if over.low > 0 else 1.0
    return min(halved.low / over.high, 1.0), min(high, 1.0)


@finding(
    "Fitting random labels takes longer by no more than a small constant factor.",
    f"{ZHANG}, Fig. 1b, read off the figure",
    "1.55 (Small AlexNet), 1.96 (MLP 1 x 512), 3.6 (Small Inception)",
    unit="times the steps",
    question="Slower by a small factor only?",
    rule=f"Holds if the interval of the ratio of steps lies between 1 and {SLOWDOWN:g} in every network,"
    " differs"
    f" if it lies outside in one. Only networks count that pass at least {LONG_ENOUGH} times over true labels"
    f" before they fit them: of easier data any wrong label multiplies the time. {_RATIO_RULE}",
)
def slowdown(evidence: Randomized) -> Measurement:
    plain = evidence.facts.trained(TRUE)
    rates = _of_each(slowdowns(evidence.facts.trained(RANDOM_LABELS), plain))
    if not rates:
        return not_run("needs networks on random labels, and the same ones to fit true labels")
    passes = {a: _passes(runs) for a, runs in by_network(plain).items() if a in rates}
    judged = {a: ratios for a, ratios in rates.items() if passes[a] >= LONG_ENOUGH}
    told = judged or rates
    samples = {a: _sample(ratios) for a, ratios in told.items()}
    slowest = max(told, key=lambda a: _geometric(told[a]))
    low, high = samples[slowest].interval()
    words = named(evidence, {a: _times(ratios) for a, ratios in told.items()})
    answer = f"{words} the steps"
    if not judged:
        verdict = ClaimVerdict.UNDECIDED
        longest = max(passes[a] for a in rates)
        answer += (
            f"; takes harder data: true labels are fit in {longest:.3g} passes over the training set, which"
            " are"
            f" to be at least {LONG_ENOUGH}"
        )
    else:
        verdict = each_within(list(samples.values()), 0.0, log(SLOWDOWN))
        if verdict is ClaimVerdict.UNDECIDED:
            answer += f"; {would_take(list(samples.values()))}"
    note = (
        f"Steps to {OVERFIT:.0%} training accuracy on random labels relative to true ones, geometric mean and"
        f" interval over runs of the slowest network. By network: {words}."
    )
    value = _geometric(told[slowest])
    return Measurement(verdict, value, _exp(low), _exp(high), note, answer)


def _passes(plain: Sequence[Fit]) -> float:
    """Return how often networks pass over true labels before they fit them, on average over those that do."""
    reached = [(fit.steps_to_overfit(), fit.steps_per_epoch) for fit in plain]
    return fmean(steps / each for steps, each in reached if steps is not None)


@finding(
    "Random labels slow Small Inception down most and Small AlexNet least.",
    f"{ZHANG}, Fig. 1b, read off the figure",
    "3.6 against 1.96 and 1.55",
    unit="ratio of slowdowns",
    question="Inception slowed down most, AlexNet least?",
    rule="Holds if the intervals of Small Inception's slowdown over that of MLP 1 x 512, and of the latter"
    " over"
    " Small AlexNet's, lie above 1; differs if one lies below. " + _RATIO_RULE,
)
def slowdown_order(evidence: Randomized) -> Measurement:
    rates = slowdowns(evidence.facts.trained(RANDOM_LABELS), evidence.facts.trained(TRUE))
    means = _of_each(rates)
    order = (Architecture.INCEPTION, Architecture.MLP_1X512, Architecture.ALEXNET)
    if not set(order) <= set(means):
        return not_run("needs Small Inception, MLP 1 x 512 and Small AlexNet, all of which fit true labels")
    steps = [_over(rates, first, second) for first, second in pairwise(order)]
    verdict = each_within(steps, 0.0)
    low, high = _over(rates, order[0], order[-1]).interval()
    words = named(evidence, {a: _times(means[a]) for a in order})
    answer = words
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(steps)}"
    value = _geometric(means[order[0]]) / _geometric(means[order[-1]])
    return Measurement(
        verdict, value, _exp(low), _exp(high), f"Slowest over fastest. Slowdowns: {words}.", answer
    )


def _over(rates: Rates, first: Architecture, second: Architecture) -> Sample:
    """Return the logarithm of one network's slowdown over another's, in the runs of both."""
    runs = sorted(run for a, run in rates if a is first and (second, run) in rates)
    pairs = [(rates[first, run], rates[second, run]) for run in runs]
    return Sample(
        [_log(a.low) - _log(b.high) for a, b in pairs], [_log(a.high) - _log(b.low) for a, b in pairs]
    )


@finding(
    "Test error rises with the share of random labels.",
    f"{ZHANG}, Fig. 1c",
    "from .13 to .50 up to .90",
    unit="test error",
    question="Does the test error rise?",
    rule="Holds if the interval of the rise from the least to the largest share of random labels lies above"
    " 0 in"
    " every network and no step falls. Differs if one lies below 0, or the interval of a step between"
    f" neighboring shares does. Only networks that fit {OVERFIT:.0%} count." + TEST_RULE,
)
def error_rises(evidence: Randomized) -> Measurement:
    """Judge by the rise from least to most corruption, and by falls on the way.

    A steady fall, each step of which is within its error, shows in the rise.
    """
    swept = _swept(evidence)
    networks = by_network(overfit(evidence.facts.trained()))
    rises: dict[Architecture, Sample] = {}
    steps: list[Sample] = []
    for architecture, fits in networks.items():
        by_share = [[fit for fit in fits if fit.condition == condition] for condition in swept]
        known = [runs for runs in by_share if runs]
        if len(known) < 2:
            continue
        # The error falls as the accuracy rises.
        if (rise := compared(evidence, known[0], known[-1])) is not None:
            rises[architecture] = rise
            steps += [s for a, b in pairwise(known) if (s := compared(evidence, a, b)) is not None]
    if not rises:
        return not_run(f"needs networks that fit {OVERFIT:.0%} at two probabilities of corruption")
    verdict = each_within(list(rises.values()), 0.0)
    if any(step.interval(of_many(len(steps)))[1] < 0 for step in steps):
        verdict = ClaimVerdict.DIFFERS
    least = min(rises.values(), key=lambda sample: sample.mean)
    low, high = least.interval()
    fall = max(0.0, *(-step.mean for step in steps))
    words = named(evidence, {a: f"{sample.mean:+.3f}" for a, sample in rises.items()})
    answer = f"{words} from the least to the largest share; largest fall on the way {fall:.3f}"
    if verdict is ClaimVerdict.UNDECIDED:
        answer += f"; {would_take(list(rises.values()))}"
    note = (
        "Test error at the largest minus that at the least probability, of the network where it rises least."
        f" Largest fall between neighboring probabilities {fall:.3f}, with {evidence.facts.n_test:,} test"
        " examples."
    )
    return Measurement(verdict, least.mean, low, high, note, answer)


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
