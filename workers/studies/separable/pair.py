"""Two classes of a data set as points: optimizers of a linear model beside the maximum margin."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.datasets.options import invalid_option, listed
from backend.statistics.seeds import Purpose, generator
from backend.studies.kit.runner import Context
from backend.studies.separable.facts import Pair, SeparableFacts
from backend.studies.separable.optimizers import Optimizer
from backend.studies.separable.params import SeparableParams
from backend.studies.separable.plan import PAIR_OPTIMIZERS, pair_steps
from backend.theory.max_margin import MaxMargin, NotSeparableError, max_margin, minimizer
from workers.studies.separable.paths import descend, path, rounded

SHOWN = (1, 10, 1000, 10**6, 10**12)  # steps whose weights are drawn, of those that there are
SUPPORTS = 10  # pictures

Floats = npt.NDArray[np.float64]


def run(
    payload: Mapping[str, Any],  # noqa: ARG001 - part of the contract
    params: SeparableParams,
    context: Context,
) -> tuple[SeparableFacts, dict[str, Any]]:
    """Follow each optimizer on the two classes."""
    examples = context.examples
    names, places, signs = chosen(examples, params)
    pixels = examples.images[places].reshape(len(places), -1) / 255
    rows = signs[:, None] * np.column_stack([pixels, np.ones(len(pixels))])
    # Weights never leave the span of the rows: in its own coordinates a few hundred numbers do.
    left, values, basis = np.linalg.svd(rows, full_matrices=False)
    held = values > 1e-10 * values[0]
    x, basis = left[:, held] * values[held], basis[held]
    best = _best(x)
    paths, weights = [], np.empty(0)
    for number, optimizer in enumerate(PAIR_OPTIMIZERS):

        def report(done: float, before: int = number) -> None:
            context.progress((before + done) / len(PAIR_OPTIMIZERS))

        found = descend(x, optimizer, params, 0, report, pair_steps(params))
        paths.append(path(x, found, best, optimizer))
        if optimizer is Optimizer.GD:
            steps, weights = found.steps, found.weights
    least = minimizer(x) if best is None else None
    goal = best.weights if best is not None else least
    shown = [int(np.searchsorted(steps, step)) for step in SHOWN if step <= steps[-1]]
    drawn = [weights[place] for place in shown] + ([] if goal is None else [goal])
    shape = examples.shape
    form = (-1, shape.height, shape.width, shape.channels)

    def pictures(flat: Floats) -> list[Any]:
        return [[rounded(line) for line in picture] for picture in flat.reshape(form).sum(axis=3)]

    supports = _supports(best)
    return SeparableFacts(
        pairs=(
            Pair(
                names=names,
                n=len(rows),
                d=rows.shape[1],
                separable=best is not None,
                supports=0 if best is None else int(best.support.sum()),
                paths=paths,
                shown=[int(steps[place]) for place in shown],
                pictures=pictures(_unit(np.array(drawn)) @ basis[:, :-1]),
                support=pictures(pixels[supports] / shape.channels),
                of=[names[int(signs[place] > 0)] for place in supports],
                left=None
                if least is None
                else float(np.linalg.norm(weights[-1] - least) / np.linalg.norm(least)),
            ),
        )
    ), {}


def chosen(
    examples: Examples, params: SeparableParams
) -> tuple[tuple[str, str], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the names of two classes, the places of their training examples, and -1 or 1 for each."""
    names = params.pair or examples.classes[:2]
    if unknown := [name for name in names if name not in examples.classes]:
        raise invalid_option("pair", f"has no class {unknown[0]!r}; classes are: {listed(examples.classes)}")
    order = generator(params.data_seed, Purpose.SUBSAMPLE).permutation(examples.n_train)
    of_each = [
        order[examples.given[order] == examples.classes.index(name)][: params.pair_examples] for name in names
    ]
    signs = np.concatenate([np.full(len(of_each[0]), -1.0), np.ones(len(of_each[1]))])
    return (names[0], names[1]), np.concatenate(of_each), signs


def _best(x: Floats) -> MaxMargin | None:
    try:
        return max_margin(x)
    except NotSeparableError:
        return None


def _supports(best: MaxMargin | None) -> npt.NDArray[np.int64]:
    """Return the places of the examples on which the margin rests most."""
    if best is None:
        return np.empty(0, np.int64)
    return np.argsort(-best.alphas)[: min(SUPPORTS, int((best.alphas > 0).sum()))]


def _unit(weights: Floats) -> Floats:
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))
