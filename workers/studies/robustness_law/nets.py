"""Trains two-layer networks on random labels, and follows some while they fit noise."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.statistics.seeds import Purpose as Shared
from backend.statistics.seeds import generator
from backend.studies.kit.runner import Context
from backend.studies.robustness_law.facts import TAILS, Course, Net, Pictures, RobustnessFacts
from backend.studies.robustness_law.params import Data, Purpose, RobustnessParams
from backend.studies.robustness_law.plan import NOISE_CELL, REGIME_THRESHOLD, widths
from backend.theory.two_layers import TwoLayers
from workers.engine.device import default_device
from workers.studies.robustness_law.side_by_side import Report, side_by_side
from workers.studies.robustness_law.train import Start, train

SMALL = 200_000  # hidden values of networks that are better trained side by side than in two lanes
STEP = 1e-7  # of difference quotients: short enough to meet hardly a kink
PROBES = 5
LOOK = 0.97  # of the loss at the last look, below which a course is looked at again

Floats = npt.NDArray[np.float64]


def start(params: RobustnessParams, x: Floats, y: Floats, *index: int) -> Start:
    """Return a network on examples (n, d) as PyTorch would begin it; `index` ends in k and run."""
    d, k = x.shape[1], index[-2]
    rng = generator(params.seed, Purpose.START, *index)
    weights = rng.uniform(-1, 1, (d, k)) / np.sqrt(d)
    output = rng.uniform(-1, 1, k) / np.sqrt(k)
    return Start(*(part.astype(np.float32) for part in (x, y, weights, output)))


def index_of(data: Data, *rest: int) -> tuple[int, ...]:
    """Return the index of a network's random streams: which unit it is trained in never enters."""
    return (tuple(Data).index(data), *rest)


def measured(net: TwoLayers, fresh: Floats, rng: np.random.Generator) -> dict[str, Any]:
    """Return slope, bound, tails and the check of the gradient, of a network at fresh points (t, d)."""
    d, bound = fresh.shape[1], net.upper_bound
    off = np.abs((values := net.values(fresh)) - values.mean())
    return {
        "slope": float(net.slopes(fresh).max()),
        "bound": bound,
        "points": len(fresh),
        "tails": [int((off >= t * bound / np.sqrt(d)).sum()) for t in TAILS],
        "difference": _difference(net, fresh[:PROBES], rng),
    }


def _difference(net: TwoLayers, x: Floats, rng: np.random.Generator) -> float:
    """Return the largest error of gradients along random directions, relative to the largest gradient."""
    along = rng.standard_normal(x.shape)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    quotients = (net.values(x + STEP * along) - net.values(x - STEP * along)) / (2 * STEP)
    gradients = net.gradients(x)
    error = np.abs((gradients * along).sum(1) - quotients).max()
    return float(error / max(np.linalg.norm(gradients, axis=1).max(), 1e-12))


def run(
    payload: Mapping[str, Any], params: RobustnessParams, context: Context
) -> tuple[RobustnessFacts, dict[str, Any]]:
    """Train networks of every width on n examples of d numbers."""
    data, n, d = Data(payload["data"]), payload["n"], payload["d"]
    source = images(context.examples, params, n) if data is Data.IMAGES else None
    device = default_device()
    runs = range(payload["first"], payload["first"] + payload["count"])
    threshold = REGIME_THRESHOLD if data in (Data.AS_MANY, Data.JUST_ENOUGH) else params.threshold

    def trained(job: tuple[int, range], report: Report) -> list[Net]:
        k, mine = job
        starts, fresh = [], []
        for number in mine:
            index = index_of(data, n, d, k, number)
            rng = generator(params.seed, Purpose.DATA, *index)
            labels = rng.choice([-1.0, 1.0], n)
            x = rng.standard_normal((n, d)) / np.sqrt(d) if source is None else source[0]
            starts.append(start(params, x, labels, *index))
            later = generator(params.seed, Purpose.FRESH, *index)
            points = later.standard_normal((params.points, d)) / np.sqrt(d) if source is None else source[1]
            fresh.append((points, later))
        found = train(
            starts,
            threshold=threshold,
            steps=params.steps,
            learning_rate=params.learning_rate,
            device=device,
            report=report,
        )
        return [
            Net(data, n, d, k, number, one.fitted, one.steps, one.loss, **measured(one.network, *here))
            for number, one, here in zip(mine, found, fresh, strict=True)
        ]

    nets = side_by_side(trained, list(_jobs(widths(params, data, n, d), runs, n)), context)
    pictures = () if source is None else (_pictures(n, d, *source),)
    return RobustnessFacts(nets=tuple(nets), pictures=pictures), {"device": str(device)}


def _jobs(units: tuple[int, ...], runs: range, n: int) -> Iterator[tuple[int, range]]:
    """Yield what is trained side by side: a width and some runs, the longest first."""
    for k in reversed(units):
        together = max(1, min(len(runs), SMALL // (n * k)))
        for first in range(runs.start, runs.stop, together):
            yield k, range(first, min(first + together, runs.stop))


def images(examples: Examples, params: RobustnessParams, n: int) -> tuple[Floats, Floats]:
    """Return n training images (n, d), and test images as fresh points, on the scale of N(0, I/d)."""
    order = generator(params.data_seed, Shared.SUBSAMPLE).permutation(examples.n_train)[:n]
    seen = examples.images[np.sort(order)].reshape(n, -1) / 255.0
    after = examples.n_train if examples.n_test else 0  # a class may have no test images
    fresh = examples.images[after:][: params.points]
    center = seen.mean(axis=0)
    scale = np.sqrt(np.square(seen - center).sum(axis=1).mean()) or 1.0
    return (seen - center) / scale, (fresh.reshape(len(fresh), -1) / 255.0 - center) / scale


def _pictures(n: int, d: int, seen: Floats, fresh: Floats) -> Pictures:
    """Return the participation ratio of the images' covariance, (sum v)^2 / sum v^2 of variances."""
    variances = np.square(np.linalg.svd(seen, compute_uv=False))
    return Pictures(n, d, float(variances.sum() ** 2 / np.square(variances).sum()), len(fresh))


def follow(
    payload: Mapping[str, Any], params: RobustnessParams, context: Context
) -> tuple[RobustnessFacts, dict[str, Any]]:
    """Follow networks on labels that are the sign of a direction, some of them flipped, until they fit."""

    def followed(run: int, report: Report) -> list[Course]:
        return [_course(params, run, report)]

    runs = range(payload["first"], payload["first"] + payload["count"])
    courses = side_by_side(followed, runs, context)
    return RobustnessFacts(courses=tuple(courses)), {"device": str(default_device())}


def _course(params: RobustnessParams, run: int, report: Report) -> Course:
    n, d, k = NOISE_CELL
    index = index_of(Data.NOISE, n, d, k, run)
    rng = generator(params.seed, Purpose.DATA, *index)
    direction = generator(params.seed, Purpose.RULE, *index).standard_normal(d)
    x = rng.standard_normal((n, d)) / np.sqrt(d)
    labels = np.sign(x @ direction) * np.where(rng.random(n) < params.flips, -1, 1)
    fresh = generator(params.seed, Purpose.FRESH, *index).standard_normal((params.points, d)) / np.sqrt(d)
    right = np.sign(fresh @ direction)
    noise = 4 * params.flips * (1 - params.flips)
    rows: list[tuple[int, float, float, float]] = []

    def watch(_row: int, number: int, loss: float, network: Callable[[], TwoLayers]) -> None:
        last = rows[-1][1] if rows else np.inf
        if loss <= LOOK * last or loss < params.threshold:
            net = network()
            wrong = float((np.sign(net.values(fresh)) != right).mean())
            rows.append((number, loss, float(net.slopes(fresh).max()), wrong))

    (end,) = train(
        [start(params, x, labels, *index)],
        threshold=params.threshold,
        steps=params.steps,
        learning_rate=params.learning_rate,
        device=default_device(),
        report=report,
        watch=watch,
    )
    steps, *courses = zip(*rows, strict=True)
    return Course(run, n, d, k, noise, end.fitted, steps, *([float(f"{v:.6g}") for v in c] for c in courses))
