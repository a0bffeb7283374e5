"""Linear and kernel models: which of many solutions SGD finds, and what its norm says (section 5)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.statistics.seeds import Purpose, generator
from backend.studies.kit.runner import Context
from backend.studies.randomization.facts import Descent, Interpolation, RandomizationFacts
from backend.studies.randomization.params import RandomizationParams
from backend.studies.randomization.plan import REDRAWN
from backend.theory.kernel import interpolate
from backend.theory.minimum_norm import minimum_norm, sgd
from backend.theory.repeats import first_equal
from workers.studies.randomization.data import drawn, labels, numbers, whitened

MOST = 50  # examples of the linear model: the epochs that SGD takes grow fast with them


def run_minimum_norm(
    payload: Mapping[str, Any],  # noqa: ARG001 - part of the contract
    params: RandomizationParams,
    context: Context,
) -> tuple[RandomizationFacts, dict[str, Any]]:
    """Run SGD on a few whitened examples, fewer than they have numbers, from zero and from elsewhere."""
    examples = context.examples
    places = drawn(examples, 2 * MOST)
    images = numbers(examples, places)
    chosen = np.unique(first_equal(images))[: min(MOST, images.shape[1] // 2)]
    x = whitened(images[chosen])
    y = _one_hot(labels(examples, 0.0)[places[chosen]], len(examples.classes))
    rng = generator(params.seed, Purpose.DIRECTION)
    elsewhere = rng.standard_normal((x.shape[1], y.shape[1])) / np.sqrt(x.size)
    smallest = float(np.linalg.norm(minimum_norm(x, y)))
    found = []
    for number, (name, start) in enumerate((("zero", np.zeros_like(elsewhere)), ("elsewhere", elsewhere))):
        path = sgd(x, y, start, rng, partial(_half, context.progress, number))
        found.append(
            Descent(
                start=name,
                n=len(x),
                d=x.shape[1],
                minimum_norm=smallest,
                epochs=path.epochs.tolist(),
                to_minimum=path.to_minimum_norm.tolist(),
                to_limit=path.to_limit.tolist(),
                residual=path.residual.tolist(),
                norm=path.norm.tolist(),
            )
        )
    return RandomizationFacts(descents=tuple(found)), {}


def _half(progress: Callable[[float], None], number: int, done: float) -> None:
    """Report what is done of one of two halves."""
    progress((number + done) / 2)


def run_kernel(
    payload: Mapping[str, Any],
    params: RandomizationParams,  # noqa: ARG001 - part of the contract
    context: Context,
) -> tuple[RandomizationFacts, dict[str, Any]]:
    """Interpolate the labels of payload["n"] examples under each corruption with one factorization."""
    examples, n, classes = context.examples, payload["n"], len(context.examples.classes)
    chosen = drawn(examples, n)
    corruptions = payload["corruptions"]
    given = [labels(examples, p)[chosen] for p in corruptions]
    if 1.0 in corruptions:
        given += _redrawn(examples, n)
    targets = np.stack([_one_hot(of_all, classes) for of_all in given])
    found = interpolate(
        numbers(examples, chosen),
        targets,
        numbers(examples, slice(examples.n_train, None)),
        payload["gamma"],
        context.progress,
        ridge=payload["ridge"],
    )
    errors = (found.predicted != examples.labels[examples.n_train :]).mean(axis=1)
    rows = zip(corruptions, found.train_error, errors, found.norm, strict=False)
    redrawn = tuple(found.norm[len(corruptions) :].tolist())
    return (
        RandomizationFacts(
            interpolations=tuple(
                Interpolation(
                    n=n,
                    gamma=payload["gamma"],
                    ridge=payload["ridge"],
                    corruption=p,
                    train_error=float(train),
                    test_error=float(test),
                    norm=float(norm),
                    test_examples=examples.n_test,
                    redrawn=redrawn if p == 1 else (),
                )
                for p, train, test, norm in rows
            )
        ),
        {},
    )


def _redrawn(examples: Examples, n: int) -> list[npt.NDArray[np.int64]]:
    """Return further draws of random labels (n,), to see how much norms differ between draws."""
    seed, classes = examples.options.data_seed, len(examples.classes)
    return [
        generator(seed, Purpose.LABEL_NOISE, draw, n).integers(classes, size=n) for draw in range(REDRAWN)
    ]


def _one_hot(given: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.float64]:
    return np.eye(classes)[given]
