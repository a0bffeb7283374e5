"""How slow this machine is now, for tests with limits on seconds: machines differ."""

import json
import time
from collections.abc import Callable

import numpy as np

REFERENCE_S = 0.0085  # of `work` on a core on which the limits of the tests hold with some room


def work() -> None:
    """What answers are made of: small arrays, loops of Python, JSON."""
    matrix = np.random.default_rng(0).normal(size=(24, 24)) + 24 * np.eye(24)
    for _ in range(150):
        np.linalg.solve(matrix, matrix.sum(axis=0)).clip(-1, 1).cumsum()
    json.dumps([{"x": index / 7, "y": str(index), "z": [index] * 3} for index in range(3000)])


def slowness() -> float:
    """At least 1: seconds that this machine takes at best for each second of the reference."""

    def seconds() -> float:
        begun = time.process_time()
        work()
        return time.process_time() - begun

    return max(1.0, min(seconds() for _ in range(8)) / REFERENCE_S)


def quickest(action: Callable[[], object], tries: int = 4) -> float:
    """Return the seconds of the processor that `action` takes at best, as the reference would."""

    def seconds() -> float:
        begun = time.process_time()  # beside other processes, the clock measures those
        action()
        return time.process_time() - begun

    return min(seconds() for _ in range(tries)) / slowness()
