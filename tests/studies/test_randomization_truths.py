"""What the randomization study's claims say of data whose truth is known: true, false, flat, opposite, few.

A world makes facts from a generator and a number of runs. Where chance has a part, worlds are drawn many
times: of data without an effect at most one in twenty may be decided, of others none in the wrong direction.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import erf, exp, sqrt

import numpy as np
import pytest

from backend.networks.architectures import Architecture
from backend.studies import get_study
from backend.studies.kit.findings import Finding, Measurement
from backend.studies.kit.results import Results
from backend.studies.randomization.conditions import (
    GAUSSIAN,
    RANDOM_LABELS,
    RANDOM_PIXELS,
    SHUFFLED,
    TRUE,
    Condition,
    Regularizer,
)
from backend.studies.randomization.facts import Bridge, Complexity, Descent, Fit, RandomizationFacts
from tests.studies.test_randomization import SMALL, fit, kernel, made
from tests.studies.test_randomization_figures import finite

STUDY = get_study("randomization")
FINDINGS: Mapping[str, Finding] = {finding.key: finding for finding in STUDY.findings}
MLP, DEEP = Architecture.MLP_1X512, Architecture.MLP_3X512
INCEPTION, PLAIN, ALEXNET = Architecture.INCEPTION, Architecture.INCEPTION_PLAIN, Architecture.ALEXNET
NONE, DECAY, CROP = Regularizer.NONE, Regularizer.WEIGHT_DECAY, Regularizer.CROP
DRAWN = 400  # worlds of each null

Rng = np.random.Generator
World = Callable[[Rng, int], RandomizationFacts]


def measured(key: str, facts: RandomizationFacts, **params: object) -> Measurement:
    """Return what one claim says of facts."""
    asked = SMALL.model_copy(update=params)
    return FINDINGS[key].measure(STUDY.found(asked, Results(facts=facts)))


def verdict(key: str, world: World, runs: int = 4, seed: int = 0, **params: object) -> str:
    return str(measured(key, world(np.random.default_rng(seed), runs), **params).verdict)


# --- worlds of networks ---


def timed(
    epochs: Mapping[Condition, float],
    rng: Rng,
    runs: int,
    *,
    noise: float = 0.05,
    most: int = 400,
    network: Architecture = MLP,
) -> list[Fit]:
    """Return networks that fit after so many epochs, times noise; at most `most` are trained."""
    found = []
    for condition, typical in epochs.items():
        for run in range(runs):
            needed = max(round(typical * exp(noise * rng.standard_normal())), 1)
            train = [0.5] * min(needed, most + 1) + [1.0] * (needed <= most)
            found.append(fit(condition, train=train, run=run, architecture=network))
    return found


def ratio(
    factor: float,
    slow: Condition = RANDOM_LABELS,
    fast: Sequence[Condition] = (TRUE,),
    *,
    base: float = 40,
    **others: object,
) -> World:
    """Return a world in which one condition takes so many times as long as the others."""
    epochs = {**dict.fromkeys(fast, base), slow: factor * base}
    return lambda rng, runs: made(timed(epochs, rng, runs, **others))  # type: ignore[arg-type]


def reaching(
    accuracy: float,
    conditions: Sequence[Condition] = (RANDOM_LABELS,),
    *,
    control: float | None = 1.0,
    control_test: float = 0.8,
    regularizer: Regularizer = NONE,
    network: Architecture = MLP,
    noise: float = 0.0,
    epochs: int = 100,
    without: float | None = None,
) -> World:
    """Return a world in which training ends at that accuracy, and true labels are fit after ten epochs.

    `without` is what is reached on random labels without a regularizer.
    """

    def world(rng: Rng, runs: int) -> RandomizationFacts:
        named = {"architecture": network, "regularizer": regularizer}
        fits = []
        for run in range(runs):
            for condition in conditions:
                last = float(np.clip(accuracy + noise * rng.standard_normal(), 0, 1))
                fits.append(fit(condition, train=[0.1] * epochs + [last], run=run, **named))
            if control is not None:
                train = [0.1] * 10 + [control] * (epochs - 10)
                fits.append(fit(TRUE, train=train, test=(0.1, control_test), run=run, **named))
            if without is not None:
                fits.append(fit(RANDOM_LABELS, train=(0.1, without), run=run, architecture=network))
        return made(fits)

    return world


Tested = Mapping[tuple[Architecture, Regularizer, Condition], float]


def networks(accuracies: Tested, *, noise: float = 0.005, n_test: int = 10_000, train: float = 1.0) -> World:
    """Return a world of networks with these test accuracies, on a test set that all runs share."""

    def world(rng: Rng, runs: int) -> RandomizationFacts:
        fits = [
            fit(
                condition,
                train=(0.1, train),
                test=(0.1, float(np.clip(accuracy + noise * rng.standard_normal(), 0, 1))),
                architecture=network,
                regularizer=regularizer,
                run=run,
            )
            for (network, regularizer, condition), accuracy in accuracies.items()
            for run in range(runs)
        ]
        return made(fits).model_copy(update={"n_test": n_test})

    return world


def swept(errors: Sequence[float], **others: object) -> World:
    shares = np.linspace(0, 1, len(errors)).tolist()
    accuracies = {(MLP, NONE, Condition(corruption=p)): 1 - e for p, e in zip(shares, errors, strict=True)}
    return networks(accuracies, **others)  # type: ignore[arg-type]


def at_chance(error: float, **others: object) -> World:
    return networks({(a, NONE, RANDOM_LABELS): 1 - error for a in (MLP, DEEP)}, **others)  # type: ignore[arg-type]


def on_true(
    plain: float, held: float, regularizer: Regularizer, network: Architecture, **others: object
) -> World:
    accuracies = {(network, NONE, TRUE): plain, (network, regularizer, TRUE): held}
    return networks(accuracies, **others)  # type: ignore[arg-type]


def normalized(gap: float, **others: object) -> World:
    accuracies = {(INCEPTION, NONE, TRUE): 0.82 + gap, (PLAIN, NONE, TRUE): 0.82}
    return networks(accuracies, **others)  # type: ignore[arg-type]


def stopped(gain: float, *, noise: float = 0.002, n_test: int = 10_000, epochs: int = 40) -> World:
    """Return a world in which test accuracy is best half way, by so much."""

    def world(rng: Rng, runs: int) -> RandomizationFacts:
        typical = 0.8 + gain * (1 - np.abs(np.linspace(-1, 1, epochs + 1)))
        curves = typical + noise * rng.standard_normal((runs, epochs + 1))
        fits = [
            fit(TRUE, train=[0.5] * epochs + [1.0], test=curve.tolist(), run=run)
            for run, curve in enumerate(curves)
        ]
        return made(fits).model_copy(update={"n_test": n_test})

    return world


def delay(later: float, *, noise: float = 0.03) -> World:
    """Return a world in which the loss halves later with random labels, by that share of the time to fit."""

    def world(rng: Rng, runs: int) -> RandomizationFacts:
        fits = []
        for condition, typical in ((TRUE, 0.3), (RANDOM_LABELS, 0.3 + later)):
            for run in range(runs):
                half = round(100 * (typical + noise * rng.standard_normal()))
                loss = [2.3] * half + [1.0] * (100 - half) + [0.005]
                fits.append(fit(condition, loss=loss, train=[0.5] * 100 + [1.0], run=run))
        return made(fits)

    return world


def three(inception: float, mlp: float, alexnet: float, noise: float = 0.05) -> World:
    factors = {INCEPTION: inception, MLP: mlp, ALEXNET: alexnet}

    def world(rng: Rng, runs: int) -> RandomizationFacts:
        fits = [
            one
            for network, factor in factors.items()
            for one in timed({TRUE: 40, RANDOM_LABELS: 40 * factor}, rng, runs, network=network, noise=noise)
        ]
        return made(fits)

    return world


# --- worlds without networks ---


def kernels(norm: float, *, draws: int = 10, noise: float = 0.02) -> World:
    """Return a world in which random labels need so many times the norm of true ones."""

    def world(rng: Rng, _: int) -> RandomizationFacts:
        clean, *random = 10 * (1 + noise * rng.standard_normal(draws + 1))
        model = replace(kernel(corruption=1.0, norm=norm * random[0]), redrawn=[norm * r for r in random[1:]])
        return made(interpolations=(kernel(norm=float(clean)), model))

    return world


def bandwidths(errors: Sequence[float], n_test: int = 10_000) -> World:
    """Return a world of models with these test errors, by rising norm."""

    def world(rng: Rng, _: int) -> RandomizationFacts:
        drawn = rng.binomial(n_test, errors) / n_test
        models = [
            kernel(gamma=0.01 * (k + 1), norm=10.0 + k, error=float(error)) for k, error in enumerate(drawn)
        ]
        return made(interpolations=tuple(models))

    return world


def ridged(plain: float, held: Sequence[float], n_test: int = 10_000) -> World:
    def world(rng: Rng, _: int) -> RandomizationFacts:
        first, *others = rng.binomial(n_test, [plain, *held]) / n_test
        models = [kernel(ridge=0.1 * (k + 1), error=float(error)) for k, error in enumerate(others)]
        return made(interpolations=(kernel(error=float(first)), *models))

    return world


def signs(mean: float, noise: float = 0.0) -> World:
    def world(rng: Rng, draws: int) -> RandomizationFacts:
        values = np.clip(mean + noise * rng.standard_normal(draws), 0, 1)
        return made(complexities=(Complexity("perceptron", 1000, 64, values.tolist()),))

    return world


EXPECTED = erf(sqrt(10 / (2 * 990)))  # at n = 1000, d = 10


def linear(first: float, last: float = EXPECTED, noise: float = 0.02, between: float | None = None) -> World:
    levels = {100: first, 1000: last} if between is None else {100: first, 300: between, 1000: last}

    def world(rng: Rng, runs: int) -> RandomizationFacts:
        return made(
            complexities=tuple(
                Complexity("linear", n, 10, (mean * (1 + noise * rng.standard_normal(10 * runs))).tolist())
                for n, mean in levels.items()
            )
        )

    return world


def scored(means: Mapping[float, float], *, n: int = 500, fit_to: float = 1.0, found: float = 0.8) -> World:
    """Return a world of n examples with these mean scores by corruption, and so many found on top."""

    def world(rng: Rng, _: int) -> RandomizationFacts:
        bridges = []
        for p, mean in means.items():
            scores = (rng.random(n) < mean).astype(float)
            changed = round(n * p * 0.9)
            on_top = float(rng.binomial(changed, found)) if changed else 0.0
            histogram = np.histogram(scores, np.linspace(0, 1, 21))[0]
            bridges.append(
                Bridge(
                    p,
                    40,
                    n,
                    changed,
                    on_top,
                    None,
                    float(scores.mean()),
                    fit_to,
                    0.5,
                    np.linspace(0, 1, 21).tolist(),
                    histogram.tolist(),
                    [0] * 20,
                )
            )
        return made(bridges=tuple(bridges))

    return world


def built(**changed: object) -> World:
    return lambda _rng, _runs: made(finite_sample=(replace(finite(), **changed),))  # type: ignore[arg-type]


def arrived(distance: float, residual: float = 0.0) -> World:
    starts = [
        Descent(s, 20, 50, 3.0, (1,), (distance,), (distance,), (residual,), (3.0,))
        for s in ("zero", "elsewhere")
    ]
    return lambda _rng, _runs: made(descents=tuple(starts))


def solved(**model: object) -> World:
    return lambda _rng, _runs: made(interpolations=(kernel(**model),))  # type: ignore[arg-type]


# --- what is said of each ---

NOISE = (SHUFFLED, RANDOM_PIXELS, GAUSSIAN)
SWEEP = (TRUE, Condition(corruption=0.5), RANDOM_LABELS)
OTHERS = (GAUSSIAN, RANDOM_PIXELS)
HOLDS, DIFFERS, UNDECIDED, NOT_RUN = "holds", "differs", "undecided", "not run"


def fitting_cases(
    key: str, conditions: Sequence[Condition], control: float | None = None
) -> list[tuple[object, ...]]:
    """Return what is said of networks that are to fit; a sweep is its own control."""
    world = partial(reaching, conditions=conditions)
    return [
        (key, "all runs fit", world(1.0, control=control), 4, HOLDS),
        (key, "one run without a mistake", world(1.0, control=control), 1, HOLDS),
        (key, "nearly all, like the paper's perceptron", world(0.9934, noise=0.0005), 4, HOLDS),
        (key, "one run that makes a few mistakes", world(0.9934), 1, UNDECIDED),
        (key, "about the threshold", world(0.99, noise=0.003), 4, UNDECIDED),
        (key, "far from it", world(0.6, noise=0.02), 4, DIFFERS),
        (key, "two runs far from it", world(0.6, noise=0.02), 2, UNDECIDED),
        (key, "trained too briefly", world(0.6, noise=0.02, epochs=30), 4, UNDECIDED),
        (key, "true labels are not fit either", world(0.6, noise=0.02, control=0.9), 4, UNDECIDED),
    ]


def held_cases(key: str, regularizer: Regularizer, network: Architecture) -> list[tuple[object, ...]]:
    """Return what is said of networks that are to fit in spite of a regularizer."""
    world = partial(reaching, regularizer=regularizer, network=network)
    return [
        (key, "fit", world(1.0), 4, HOLDS),
        (key, "do not", world(0.6, noise=0.02), 4, DIFFERS),
        (key, "about the threshold", world(0.99, noise=0.003), 4, UNDECIDED),
        (key, "one run that does not", world(0.6), 1, UNDECIDED),
        (key, "no control", world(1.0, control=None), 4, NOT_RUN),
        (key, "true labels are not fit either", world(0.6, control=0.9), 4, NOT_RUN),
        (key, "true labels do not generalize", world(1.0, control_test=0.1), 4, NOT_RUN),
        (key, "trained too briefly", world(0.6, epochs=30), 4, UNDECIDED),
        (key, "a network of another kind", world(0.6, network=PLAIN), 4, NOT_RUN),
    ]


def ratio_cases(
    key: str, slow: Condition, fast: Sequence[Condition], network: Architecture
) -> list[tuple[object, ...]]:
    """Return what is said of a condition that is to take longer than others."""
    world = partial(ratio, slow=slow, fast=fast, network=network)
    return [
        (key, "longer", world(1.5), 4, HOLDS),
        (key, "shorter", world(0.6), 4, DIFFERS),
        (key, "equal", world(1.0), 4, UNDECIDED),
        (key, "longer, but noisy", world(1.2, noise=0.5), 4, UNDECIDED),
        (key, "one run", world(3.0), 1, UNDECIDED),
        (key, "two runs", world(3.0), 2, UNDECIDED),
        (key, "longer than was trained", world(3.0, most=100), 4, HOLDS),
        (key, "not known, since training ended", world(3.0, most=42, base=42, noise=0.0), 4, UNDECIDED),
        (key, "nothing to compare with", world(0.5, most=30), 4, NOT_RUN),
        (key, "equal within an epoch", world(1.5, base=2, noise=0.0), 4, UNDECIDED),
    ]


CASES: list[tuple[object, ...]] = [
    *fitting_cases("random_labels", (RANDOM_LABELS,)),
    *fitting_cases("random_inputs", NOISE),
    *fitting_cases("sweep", SWEEP[1:], control=1.0),
    ("chance", "at chance", at_chance(0.9), 4, HOLDS),
    ("chance", "far below", at_chance(0.8), 4, DIFFERS),
    ("chance", "far above", at_chance(0.95), 4, DIFFERS),
    ("chance", "at the edge", at_chance(0.885), 4, UNDECIDED),
    ("chance", "a small test set", at_chance(0.9, n_test=300), 4, UNDECIDED),
    ("chance", "noisy", at_chance(0.9, noise=0.05), 4, UNDECIDED),
    ("chance", "one run of two networks", at_chance(0.9), 1, UNDECIDED),
    ("chance", "not fit", at_chance(0.9, train=0.5), 4, NOT_RUN),
    *ratio_cases("shuffled_later", SHUFFLED, [TRUE], INCEPTION),
    ("shuffled_later", "a perceptron", ratio(2.0, SHUFFLED), 4, NOT_RUN),
    *ratio_cases("labels_last", RANDOM_LABELS, OTHERS, MLP),
    ("delayed", "later", delay(0.4), 4, HOLDS),
    ("delayed", "earlier", delay(-0.25), 4, DIFFERS),
    ("delayed", "equally", delay(0.0), 4, UNDECIDED),
    ("delayed", "later, but noisy", delay(0.1, noise=0.15), 4, UNDECIDED),
    ("delayed", "one run", delay(0.4), 1, UNDECIDED),
    ("delayed", "two runs", delay(0.4), 2, UNDECIDED),
    ("slowdown", "a small factor", ratio(2.0), 4, HOLDS),
    ("slowdown", "a large one", ratio(6.0), 4, DIFFERS),
    ("slowdown", "the other way round", ratio(0.5), 4, DIFFERS),
    ("slowdown", "no slower", ratio(1.0), 4, UNDECIDED),
    ("slowdown", "about four", ratio(4.0), 4, UNDECIDED),
    ("slowdown", "noisy", ratio(2.0, noise=1.0), 4, UNDECIDED),
    ("slowdown", "one run", ratio(2.0), 1, UNDECIDED),
    ("slowdown", "two runs", ratio(2.0), 2, UNDECIDED),
    ("slowdown", "at least two and a half", ratio(6.0, most=100), 4, UNDECIDED),
    ("slowdown", "at least five", ratio(9.0, most=200), 4, DIFFERS),
    ("slowdown", "easy data", ratio(6.0, base=5), 4, UNDECIDED),
    ("slowdown", "true labels are not fit", ratio(2.0, most=20), 4, NOT_RUN),
    ("slowdown_order", "as in the paper", three(3.6, 2.0, 1.5), 4, HOLDS),
    ("slowdown_order", "the other way round", three(1.5, 2.0, 3.6), 4, DIFFERS),
    ("slowdown_order", "equal", three(2.0, 2.0, 2.0), 4, UNDECIDED),
    ("slowdown_order", "noisy", three(2.4, 2.0, 1.8, noise=0.5), 4, UNDECIDED),
    ("slowdown_order", "one run", three(3.6, 2.0, 1.5), 1, UNDECIDED),
    ("error_rises", "rises", swept([0.1, 0.4, 0.6, 0.9]), 4, HOLDS),
    ("error_rises", "falls", swept([0.9, 0.6, 0.4, 0.1]), 4, DIFFERS),
    ("error_rises", "falls steadily and slowly", swept([0.5, 0.48, 0.46, 0.44]), 4, DIFFERS),
    ("error_rises", "rises, falls, rises", swept([0.1, 0.7, 0.4, 0.9]), 4, DIFFERS),
    ("error_rises", "flat", swept([0.5] * 4), 4, UNDECIDED),
    ("error_rises", "a slow rise on few test examples", swept([0.5, 0.52], n_test=300), 4, UNDECIDED),
    ("error_rises", "one run", swept([0.1, 0.9]), 1, UNDECIDED),
    ("error_rises", "two runs", swept([0.1, 0.9]), 2, UNDECIDED),
    ("error_rises", "not fit", swept([0.1, 0.9], train=0.6), 4, NOT_RUN),
    *held_cases("decay_fits", DECAY, MLP),
    (
        "decay_fits",
        "AlexNet, of which another claim speaks",
        reaching(0.3, regularizer=DECAY, network=ALEXNET),
        4,
        NOT_RUN,
    ),
    *held_cases("augmentation_fits", CROP, INCEPTION),
    ("augmentation_fits", "perceptrons", reaching(0.3, regularizer=CROP), 4, NOT_RUN),
    ("dropout_fits", "perceptrons that fit", reaching(1.0, regularizer=Regularizer.DROPOUT), 4, NOT_RUN),
    ("dropout_fits", "perceptrons that do not", reaching(0.3, regularizer=Regularizer.DROPOUT), 4, NOT_RUN),
    *(
        ("alexnet_decay", kind, reaching(regularizer=DECAY, network=ALEXNET, **world), runs, said)  # type: ignore[arg-type]
        for kind, world, runs, said in (
            ("does not fit", {"accuracy": 0.3, "without": 1.0}, 4, HOLDS),
            ("fits", {"accuracy": 1.0, "without": 1.0}, 4, DIFFERS),
            ("one run that does not", {"accuracy": 0.3, "without": 1.0}, 1, UNDECIDED),
            ("not without either", {"accuracy": 0.3, "without": 0.5}, 4, UNDECIDED),
            ("about the threshold", {"accuracy": 0.99, "noise": 0.003, "without": 1.0}, 4, UNDECIDED),
            ("true labels are not fit", {"accuracy": 0.3, "without": 1.0, "control": 0.5}, 4, NOT_RUN),
            ("trained too briefly", {"accuracy": 0.3, "without": 1.0, "epochs": 30}, 4, UNDECIDED),
        )
    ),
    ("not_needed", "kept", on_true(0.82, 0.83, CROP, INCEPTION), 4, HOLDS),
    ("not_needed", "lost", on_true(0.5, 0.83, CROP, INCEPTION), 4, DIFFERS),
    ("not_needed", "at the edge", on_true(0.757, 0.83, CROP, INCEPTION), 4, UNDECIDED),
    ("not_needed", "one run", on_true(0.5, 0.83, CROP, INCEPTION), 1, UNDECIDED),
    ("not_needed", "few test examples", on_true(0.82, 0.83, CROP, INCEPTION, n_test=50), 4, UNDECIDED),
    ("not_needed", "a regularizer the paper did not try", on_true(0.5, 0.83, CROP, MLP), 4, NOT_RUN),
    ("not_needed", "not fit", on_true(0.5, 0.83, CROP, INCEPTION, train=0.9), 4, NOT_RUN),
    ("crops", "help", on_true(0.80, 0.84, CROP, INCEPTION), 4, HOLDS),
    ("crops", "harm", on_true(0.84, 0.80, CROP, INCEPTION), 4, DIFFERS),
    ("crops", "do nothing", on_true(0.82, 0.82, CROP, INCEPTION), 4, UNDECIDED),
    ("crops", "few test examples", on_true(0.80, 0.84, CROP, INCEPTION, n_test=100), 4, UNDECIDED),
    ("crops", "one run", on_true(0.80, 0.84, CROP, INCEPTION), 1, UNDECIDED),
    ("crops", "a perceptron", on_true(0.80, 0.84, CROP, MLP), 4, NOT_RUN),
    ("crops", "not fit", on_true(0.80, 0.84, CROP, INCEPTION, train=0.9), 4, NOT_RUN),
    ("batch_norm", "a few points", normalized(0.04), 4, HOLDS),
    ("batch_norm", "many", normalized(0.12), 4, DIFFERS),
    ("batch_norm", "the other way round", normalized(-0.05), 4, DIFFERS),
    ("batch_norm", "none", normalized(0.0), 4, DIFFERS),
    ("batch_norm", "at the edge", normalized(0.02), 4, UNDECIDED),
    ("batch_norm", "few test examples", normalized(0.04, n_test=500), 4, UNDECIDED),
    ("batch_norm", "one run", normalized(0.04), 1, UNDECIDED),
    ("batch_norm", "not fit", normalized(0.12, train=0.5), 4, NOT_RUN),
    ("early_stopping", "no gain", stopped(0.0), 4, HOLDS),
    ("early_stopping", "much", stopped(0.1), 4, DIFFERS),
    ("early_stopping", "at the edge", stopped(0.01), 4, UNDECIDED),
    ("early_stopping", "noisy", stopped(0.0, noise=0.02), 4, UNDECIDED),
    ("early_stopping", "few test examples", stopped(0.0, n_test=300), 4, UNDECIDED),
    ("early_stopping", "one run", stopped(0.1), 1, UNDECIDED),
    ("early_stopping", "two runs", stopped(0.0), 2, UNDECIDED),
    ("finite_sample", "rounding", built(train_error=0.9e-6), 1, HOLDS),
    ("finite_sample", "more than rounding", built(train_error=1.1e-6), 1, UNDECIDED),
    ("finite_sample", "nearly another label", built(train_error=0.49), 1, UNDECIDED),
    ("finite_sample", "another label", built(train_error=0.5), 1, DIFFERS),
    ("eigenvalue", "positive", built(smallest_eigenvalue=(1.0, 1e-9)), 1, HOLDS),
    ("eigenvalue", "zero", built(smallest_eigenvalue=(1.0, 0.0)), 1, DIFFERS),
    ("rademacher", "one", signs(1.0), 5, HOLDS),
    ("rademacher", "nearly one", signs(0.995, noise=0.001), 5, HOLDS),
    ("rademacher", "at the edge", signs(0.99, noise=0.005), 5, UNDECIDED),
    ("rademacher", "less was found, which is a lower limit", signs(0.5), 5, UNDECIDED),
    ("rademacher", "two draws", signs(1.0), 2, UNDECIDED),
    ("rademacher_linear", "falls as derived", linear(0.25), 4, HOLDS),
    ("rademacher_linear", "rises", linear(0.04), 4, DIFFERS),
    ("rademacher_linear", "rises on the way", linear(0.1, between=0.3), 4, DIFFERS),
    ("rademacher_linear", "flat", linear(EXPECTED), 4, UNDECIDED),
    ("rademacher_linear", "falls to something else", linear(0.5, 1.3 * EXPECTED), 4, DIFFERS),
    ("rademacher_linear", "falls to the edge", linear(0.5, 1.15 * EXPECTED), 4, UNDECIDED),
    ("rademacher_linear", "noisy", linear(0.25, noise=2.0), 4, UNDECIDED),
    *(
        (key, kind, arrived(*where), 1, said)
        for key in ("from_zero", "from_elsewhere")
        for kind, where, said in (
            ("arrived", (0.9e-8,), HOLDS),
            ("nearly arrived", (1.1e-8,), UNDECIDED),
            ("elsewhere", (0.3,), DIFFERS),
            ("on its way", (0.3, 0.1), UNDECIDED),
        )
    ),
    ("kernel_fits", "all", solved(), 1, HOLDS),
    ("kernel_fits", "not all", solved(train_error=0.01), 1, DIFFERS),
    ("kernel_generalizes", "better than guessing", solved(error=0.88), 1, HOLDS),
    ("kernel_generalizes", "guessing", solved(error=0.9), 1, UNDECIDED),
    ("kernel_generalizes", "worse", solved(error=0.92), 1, DIFFERS),
    ("norm_grows", "larger", kernels(2.0), 1, HOLDS),
    ("norm_grows", "smaller", kernels(0.5), 1, DIFFERS),
    ("norm_grows", "equal", kernels(1.0), 1, UNDECIDED),
    ("norm_grows", "larger, but noisy", kernels(1.1, noise=0.2), 1, UNDECIDED),
    ("norm_grows", "one draw", kernels(2.0, draws=1), 1, UNDECIDED),
    ("norm_says_little", "least norm, most error", bandwidths([0.1, 0.05, 0.08]), 1, HOLDS),
    ("norm_says_little", "least norm, least error", bandwidths([0.05, 0.08, 0.1]), 1, DIFFERS),
    ("norm_says_little", "equal errors", bandwidths([0.1] * 4), 1, UNDECIDED),
    ("norm_says_little", "one model", bandwidths([0.1]), 1, NOT_RUN),
    ("norm_says_little", "of models that do not fit", solved(train_error=0.1), 1, NOT_RUN),
    ("bridge", "found", scored({0.0: 0.1, 0.2: 0.3}), 1, HOLDS),
    ("bridge", "as by chance", scored({0.0: 0.1, 0.2: 0.3}, found=0.2), 1, DIFFERS),
    ("bridge", "half of them", scored({0.0: 0.1, 0.2: 0.3}, found=0.5), 1, UNDECIDED),
    ("bridge", "most, as by chance", scored({0.0: 0.1, 0.8: 0.7}, found=0.72), 1, UNDECIDED),
    ("bridge", "few examples", scored({0.0: 0.1, 0.2: 0.3}, n=30, found=0.6), 1, UNDECIDED),
    ("bridge", "not fit", scored({0.0: 0.1, 0.2: 0.3}, fit_to=0.6), 1, NOT_RUN),
    ("scores_rise", "rise", scored({0.0: 0.1, 0.5: 0.5, 1.0: 0.9}), 1, HOLDS),
    ("scores_rise", "fall", scored({0.0: 0.9, 0.5: 0.5, 1.0: 0.1}), 1, DIFFERS),
    ("scores_rise", "rise and fall", scored({0.0: 0.1, 0.5: 0.9, 1.0: 0.5}), 1, DIFFERS),
    ("scores_rise", "flat", scored({0.0: 0.5, 0.5: 0.5, 1.0: 0.5}), 1, UNDECIDED),
    ("scores_rise", "a small rise of few examples", scored({0.0: 0.5, 1.0: 0.55}, n=50), 1, UNDECIDED),
    ("scores_rise", "not fit", scored({0.0: 0.1, 1.0: 0.9}, fit_to=0.6), 1, NOT_RUN),
]


@pytest.mark.parametrize(
    ("key", "world", "runs", "said"),
    [pytest.param(key, world, runs, said, id=f"{key}-{kind}") for key, kind, world, runs, said in CASES],
)
def test_of_known_truths(key: str, world: World, runs: int, said: str) -> None:
    assert verdict(key, world, runs) == said


@pytest.mark.parametrize(
    ("plain", "held", "said"),
    [
        (0.024, (0.024, 0.025), HOLDS),
        (0.06, (0.03, 0.06), DIFFERS),
        (0.03, (0.02, 0.03), UNDECIDED),
        (0.02, (0.05, 0.05), HOLDS),
    ],
)
def test_a_ridge_is_judged_on_mnist_alone(plain: float, held: tuple[float, float], said: str) -> None:
    assert verdict("ridge", ridged(plain, held), dataset="mnist") == said
    assert verdict("ridge", ridged(plain, held)) == NOT_RUN


NULLS: list[tuple[object, ...]] = [
    ("random_labels", "threshold", reaching(0.99, noise=0.003), 3, {HOLDS, DIFFERS}),
    ("random_labels", "threshold, one run", reaching(0.99, noise=0.003), 1, {HOLDS, DIFFERS}),
    ("chance", "edge", at_chance(0.885), 3, {HOLDS, DIFFERS}),
    ("shuffled_later", "equal", ratio(1.0, SHUFFLED, network=INCEPTION, noise=0.1), 3, {HOLDS, DIFFERS}),
    ("labels_last", "equal", ratio(1.0, fast=OTHERS, noise=0.1), 3, {HOLDS, DIFFERS}),
    ("labels_last", "equal, often cut off", ratio(1.0, fast=OTHERS, noise=0.1, most=42), 4, {HOLDS, DIFFERS}),
    (
        "labels_last",
        "equal after two epochs",
        ratio(1.0, fast=OTHERS, noise=0.3, base=2),
        3,
        {HOLDS, DIFFERS},
    ),
    ("delayed", "equal", delay(0.0), 3, {HOLDS, DIFFERS}),
    ("slowdown", "four", ratio(4.0, noise=0.1), 3, {HOLDS, DIFFERS}),
    ("slowdown", "no slower", ratio(1.0, noise=0.1), 3, {HOLDS, DIFFERS}),
    ("slowdown_order", "equal", three(2.0, 2.0, 2.0, noise=0.1), 3, {HOLDS, DIFFERS}),
    ("error_rises", "flat", swept([0.5] * 6), 3, {HOLDS}),
    ("error_rises", "flat, one test set", swept([0.5] * 6, noise=0.01, n_test=2500), 3, {HOLDS, DIFFERS}),
    ("error_rises", "rises to the middle", swept([0.1, 0.5, 0.5, 0.5, 0.5]), 3, {DIFFERS}),
    ("not_needed", "edge", on_true(0.757, 0.83, CROP, INCEPTION), 3, {HOLDS, DIFFERS}),
    ("not_needed", "equal", on_true(0.83, 0.83, DECAY, MLP, n_test=500, noise=0.02), 3, {DIFFERS}),
    ("crops", "nothing", on_true(0.82, 0.82, CROP, INCEPTION), 3, {HOLDS, DIFFERS}),
    ("batch_norm", "lower edge", normalized(0.02), 3, {HOLDS, DIFFERS}),
    ("batch_norm", "nothing", normalized(0.0, noise=0.01), 3, {HOLDS}),
    ("early_stopping", "edge", stopped(0.01), 3, {HOLDS, DIFFERS}),
    ("early_stopping", "none, noisy", stopped(0.0, noise=0.01), 3, {DIFFERS}),
    ("early_stopping", "some", stopped(0.03, noise=0.01), 3, {HOLDS}),
    ("rademacher", "edge", signs(0.99, noise=0.003), 5, {HOLDS, DIFFERS}),
    ("rademacher_linear", "flat", linear(EXPECTED, noise=0.1), 4, {HOLDS, DIFFERS}),
    ("rademacher_linear", "edge", linear(0.5, 1.15 * EXPECTED, noise=0.1), 4, {HOLDS, DIFFERS}),
    ("norm_grows", "equal", kernels(1.0), 1, {HOLDS, DIFFERS}),
    ("norm_grows", "equal, three draws", kernels(1.0, draws=3), 1, {HOLDS, DIFFERS}),
    ("norm_says_little", "equal", bandwidths([0.1] * 6), 1, {HOLDS, DIFFERS}),
    ("kernel_generalizes", "guessing", bandwidths([0.9, 0.9]), 1, {HOLDS, DIFFERS}),
    ("bridge", "half", scored({0.0: 0.1, 0.2: 0.3}, found=0.5), 1, {HOLDS, DIFFERS}),
    ("bridge", "as by chance", scored({0.0: 0.1, 0.8: 0.7}, found=0.72), 1, {HOLDS, DIFFERS}),
    ("scores_rise", "flat", scored({0.0: 0.4, 0.2: 0.4, 0.5: 0.4, 1.0: 0.4}), 1, {HOLDS, DIFFERS}),
]


@pytest.mark.parametrize(
    ("key", "world", "runs", "wrong"),
    [pytest.param(key, world, runs, wrong, id=f"{key}-{kind}") for key, kind, world, runs, wrong in NULLS],
)
def test_without_an_effect_at_most_one_in_twenty_is_decided(
    key: str, world: World, runs: int, wrong: set[str]
) -> None:
    said = Counter(verdict(key, world, runs, seed) for seed in range(DRAWN))
    # Each direction has 5 %, and three standard errors of how many worlds are drawn.
    most = 0.05 * DRAWN + 3 * sqrt(0.05 * 0.95 * DRAWN)
    assert all(said[each] <= most for each in wrong), said


def test_every_claim_is_tried_and_says_what_it_asks_and_when_it_holds() -> None:
    tried = {str(case[0]) for case in CASES} | {"ridge", "imagenet", "imagenet_early"}
    assert tried == set(FINDINGS)
    assert len(FINDINGS) == 33
    for finding in FINDINGS.values():
        assert finding.question.endswith("?"), finding.key
        assert finding.rule.endswith("."), finding.key


def test_whatever_is_decided_or_not_has_an_answer() -> None:
    for key, _, world, runs, said in CASES:
        found = measured(key, world(np.random.default_rng(0), runs))  # type: ignore[operator, arg-type]
        assert bool(found.answer) == (said != NOT_RUN), key
        assert not found.answer.endswith("."), key
        if said == UNDECIDED:
            assert "takes" in found.answer or "lower limit" in found.answer, (key, found.answer)


def test_what_cannot_fail_short_of_a_fault_is_a_check() -> None:
    checks = {finding.key for finding in FINDINGS.values() if finding.arithmetic}
    assert checks == {"eigenvalue", "kernel_fits", "kernel_generalizes"}


def test_a_network_that_never_fits_takes_at_least_as_long_as_it_was_trained() -> None:
    found = measured("slowdown", ratio(9.0, most=200)(np.random.default_rng(0), 4))
    assert "at least 5." in found.answer or "at least 4." in found.answer
    assert found.high == float("inf")


def test_looks_within_epochs_tell_what_epochs_cannot() -> None:
    """Two against three steps is a difference, both within the first epoch."""
    early = {"early_steps": (2, 3), "early_loss": (2.0, 1.0)}
    slow, quick = (
        [replace(fit(c, run=run), **early, early_train=a) for run in range(3)]
        for c, a in ((RANDOM_LABELS, (0.5, 1.0)), (GAUSSIAN, (1.0, 1.0)))
    )
    pixels = [replace(one, pixels=RANDOM_PIXELS.pixels) for one in quick]
    assert slow[0].reached(1.0) == (2, 3)
    assert quick[0].reached(1.0) == (0, 2)
    assert measured("labels_last", made([*slow, *quick, *pixels])).verdict == UNDECIDED  # 2/2 at least
    later = [replace(one, early_steps=(2, 5), early_train=(0.5, 0.5)) for one in slow]
    assert measured("labels_last", made([*later, *quick, *pixels])).verdict == HOLDS
