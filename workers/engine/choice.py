"""A short measurement that picks the back end and the number of models at once for a device and a shape."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from workers.engine.bank import BankBuilder, Update
from workers.engine.memory import OUT_OF_MEMORY, out_of_memory

MAX_AT_ONCE = 128
BUDGET_S = 0.1  # time for the steps of one candidate, beside a first step that warms up
LONG_STEP_S = 0.1  # in a step that takes so long, more models have nothing to share
SHORT_STEP_S = 1e-3  # steps of all models that take less are mostly Python, for which lanes would queue up
WORTH = 1.25  # how much faster another back end must be than the first, so that noise changes nothing
FLAT = 1.05  # more models at once must gain that much, or the search ends; but
BUSY_STEP_S = 0.01  # shorter steps may as well serve more: in the end all lanes share one interpreter

BackEnds = tuple[tuple[str, BankBuilder], ...]


@dataclass(frozen=True)
class Choice:
    """How a unit was trained: back end, models at once per lane, lanes side by side, device, precision."""

    back_end: str
    at_once: int
    lanes: int
    device: str
    precision: str


def lanes_of(device: torch.device, models: int) -> int:
    """Return how many threads train side by side: one per core on a CPU, each on models of its own."""
    return min(torch.get_num_threads(), models) if device.type == "cpu" else 1


@lru_cache(maxsize=64)
def choose(
    back_ends: BackEnds,
    batch: tuple[int, ...],
    classes: int,
    models: int,
    lanes: int,
    device: torch.device,
    dtype: torch.dtype,
) -> Choice:
    """Measure steps on random batches of that shape (B, ...) and return what is fastest per model.

    Earlier back ends are preferred. Equal questions get the first answer again, for as long as the process
    lives, so the units of one experiment pay for one measurement. To be asked in a thread such as a lane's.
    """
    most = min(math.ceil(models / lanes), MAX_AT_ONCE)
    found: dict[str, tuple[int, float]] = {}
    for name, build in back_ends:
        found[name] = _fastest(build, batch, classes, most, device, dtype)
        if found[name][1] > LONG_STEP_S:
            break
    name = best_name({name: seconds for name, (_, seconds) in found.items()})
    at_once, seconds = found[name]
    if seconds * models < SHORT_STEP_S and models <= MAX_AT_ONCE:
        at_once, lanes = models, 1
    return Choice(name, at_once, lanes, device_name(device), str(dtype).removeprefix("torch."))


def best_name(seconds: Mapping[str, float]) -> str:
    """Return the first back end, or the fastest one where that is clearly faster."""
    first, fastest = next(iter(seconds)), min(seconds, key=seconds.__getitem__)
    return fastest if seconds[fastest] * WORTH < seconds[first] else first


def device_name(device: torch.device) -> str:
    """Return the name of a GPU, or "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _fastest(
    build: BankBuilder,
    batch: tuple[int, ...],
    classes: int,
    most: int,
    device: torch.device,
    dtype: torch.dtype,
) -> tuple[int, float]:
    """Return the best number of models at once, at most `most`, and its seconds per model and step."""
    best, best_s = 1, math.inf
    at_once = 1
    while True:
        try:
            step_s = _step_seconds(build, batch, classes, at_once, device, dtype)
        except OUT_OF_MEMORY as error:
            if not out_of_memory(error):
                raise
            break
        seconds = step_s / at_once
        if seconds * FLAT < best_s or (seconds < best_s * FLAT and step_s < BUSY_STEP_S):
            best, best_s = at_once, min(seconds, best_s)
        elif at_once >= 4 * best:
            break
        if at_once == most or step_s > LONG_STEP_S:
            break
        at_once = min(2 * at_once, most)
    return best, best_s


def _step_seconds(
    build: BankBuilder,
    batch: tuple[int, ...],
    classes: int,
    at_once: int,
    device: torch.device,
    dtype: torch.dtype,
) -> float:
    bank = build([np.random.default_rng(k) for k in range(at_once)], device, dtype)
    x = torch.randn(at_once, *batch, device=device).to(dtype)
    y = torch.randint(classes, (at_once, batch[0]), device=device)
    update = Update(1e-3, 0.9)

    def timed() -> float:
        started = time.perf_counter()
        bank.step(x, y, update)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - started

    first = timed()  # warms up
    steps = min(max(int(BUDGET_S / first), 1), 5)
    return first if first > 5 * LONG_STEP_S else min(timed() for _ in range(steps))
