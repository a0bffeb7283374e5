"""Cuts an experiment on the law of robustness into units: networks of one n and d, all widths together."""

from collections.abc import Iterator, Sequence

from backend.datasets.base import Shape
from backend.studies.kit.units import Unit
from backend.studies.robustness_law.params import TOGETHER_INPUTS, Data, Part, RobustnessParams, hidden

BLOCKS = 8, 2  # networks of a kind in one unit at most: the first that does not take too long
LONGEST_S = 600.0
NOISE_CELL = 400, 20, 400  # n, d and k of the noise threshold
REGIME_THRESHOLD = 0.1
IMAGE_RATIOS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.5)
STORED = 400  # about the bytes of a network's facts
FLOPS = 9e10  # of products in float32 on two cores, a second
TOUCHED = 1.2e-9  # seconds per step and hidden value
STEP_SECONDS = 5e-5
TOGETHER_STEPS = 1000


def plan(params: RobustnessParams, shape: Shape) -> list[Unit]:
    """Return all units, quick ones first."""
    return [unit for part in Part if part in params.parts for unit in _UNITS[part](params, shape)]


def widths(params: RobustnessParams, data: Data, n: int, d: int) -> tuple[int, ...]:
    """Return the numbers of hidden units that are trained on such data."""
    if data is Data.LAW:
        return params.units(n)
    if data is Data.AS_MANY:
        return (n,)
    if data is Data.JUST_ENOUGH:
        return (min(n, max(2, round(10 * n / d))),)
    return hidden(n, IMAGE_RATIOS) or (n,)


def net_seconds(params: RobustnessParams, n: int, d: int, k: int) -> float:
    """Return the expected time to train one network of k hidden units."""
    # Fewer weights per example take longer to fit; with too few there is no fit at all.
    crowded, thin = n / (k * d), n / d
    steps = 12 + thin + 0.03 * thin**2 + 200 * crowded + 400 * crowded**2
    steps *= (0.003 / params.learning_rate) ** 0.8
    steps = params.steps if crowded > 1 else min(steps, params.steps)
    products = 4 * n * d * k + 2 * d * d * k
    measured = 1e-3 + params.points * (4 * d * k / 2e10 + k * 2e-9) + 6e-10 * d * k * min(d, k)
    return measured + steps * (STEP_SECONDS + products / FLOPS + TOUCHED * (n * k + d * k))


def _nets(params: RobustnessParams, data: Data, n: int, d: int) -> Iterator[Unit]:
    chosen = widths(params, data, n, d)
    each = sum(net_seconds(params, n, d, k) for k in chosen)
    for first, count in _blocks(params.networks, each):
        payload = {"part": "nets", "data": data.value, "n": n, "d": d, "first": first, "count": count}
        models = count * len(chosen)
        seconds = each * count * (models + models % 2) / models  # an odd one leaves a core idle
        yield Unit(f"{data}/n={n}/d={d}/{first}-{first + count}", payload, models, seconds, STORED * models)


def _law(params: RobustnessParams, _shape: Shape) -> Iterator[Unit]:
    for n, d in params.cells():
        yield from _nets(params, Data.LAW, n, d)


def _regimes(params: RobustnessParams, _shape: Shape) -> Iterator[Unit]:
    for d in params.regime_dimensions:
        for data in (Data.AS_MANY, Data.JUST_ENOUGH):
            yield from _nets(params, data, params.regime_examples, d)


def _noise(params: RobustnessParams, _shape: Shape) -> Iterator[Unit]:
    n, d, k = NOISE_CELL
    for first, count in _blocks(params.networks):
        payload = {"part": "noise", "first": first, "count": count}
        yield Unit(
            f"noise/{first}-{first + count}",
            payload,
            count,
            count * 9 * net_seconds(params, n, d, k),
            20 * STORED * count,
        )


def _constructions(params: RobustnessParams, _shape: Shape) -> Iterator[Unit]:
    for first, count in _blocks(params.networks):
        payload = {"part": "constructions", "first": first, "count": count}
        yield Unit(f"constructions/{first}-{first + count}", payload, 0, 0.35 * count, 60 * STORED * count)


def _images(params: RobustnessParams, shape: Shape) -> Iterator[Unit]:
    n, d = min(params.images, shape.n_train), shape.features
    for data in (Data.IMAGES, Data.TWINS):
        yield from _nets(params, data, n, d)


def _together(params: RobustnessParams, _shape: Shape) -> Iterator[Unit]:
    patterns = 2**TOGETHER_INPUTS
    for fraction in params.fractions:
        for first, count in _blocks(params.networks):
            payload = {"part": "together", "fraction": fraction, "first": first, "count": count}
            values = 2 * sum(params.widths) * patterns * fraction
            each = 4e-4 * len(params.widths) + count * 2.4e-9 * values
            seconds = 0.3 + TOGETHER_STEPS * each
            models = count * len(params.widths)
            key = f"together/fraction={fraction}/widths={_listed(params.widths)}/{first}-{first + count}"
            yield Unit(key, payload, models, seconds, STORED * models)


def _listed(values: Sequence[float]) -> str:
    return ",".join(map(str, values))


def _blocks(networks: int, each: float = 0.0) -> Sequence[tuple[int, int]]:
    """Return (first, count) of blocks whose length does not depend on how many networks there are."""
    block = BLOCKS[0] if BLOCKS[0] * each <= LONGEST_S else BLOCKS[1]
    return [(first, min(block, networks - first)) for first in range(0, networks, block)]


_UNITS = {
    Part.LAW: _law,
    Part.REGIMES: _regimes,
    Part.NOISE: _noise,
    Part.CONSTRUCTIONS: _constructions,
    Part.IMAGES: _images,
    Part.TOGETHER: _together,
}
