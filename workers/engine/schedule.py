"""Learning rates over a training: warm-up, then constant, cosine, step or one-cycle."""

from enum import StrEnum
from math import cos, pi

STEPS = (4 / 9, 6 / 9, 8 / 9)  # where "step" divides the rate by 10: He et al.'s thirds with a late start
ONE_CYCLE_WARMUP = 0.3  # share of the steps on the way up where no warm-up is asked for
ONE_CYCLE_START = 1 / 25  # rates of the first and the last step relative to the highest,
ONE_CYCLE_END = 1 / 25e4  # as in torch's OneCycleLR


class Schedule(StrEnum):
    """How the learning rate changes over a training."""

    CONSTANT = "constant"
    COSINE = "cosine"
    STEP = "step"
    ONE_CYCLE = "one_cycle"


def rate_factor(schedule: Schedule, step: int, steps: int, warmup: int = 0) -> float:
    """Return the learning rate of one step, 0 .. steps - 1, as a fraction of the highest.

    The first `warmup` steps rise linearly, and the schedule fills the rest; one-cycle rises along a half
    cosine instead and has a warm-up of its own if none is asked for.
    """
    if not 0 <= step < steps or not 0 <= warmup < steps:
        raise ValueError(f"needs a step and a warm-up below {steps} steps, got {step} and {warmup}")
    if schedule is Schedule.ONE_CYCLE:
        return _one_cycle(step, steps, warmup)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    done = (step - warmup) / (steps - warmup)
    if schedule is Schedule.COSINE:
        return (1 + cos(pi * done)) / 2
    if schedule is Schedule.STEP:
        return float(0.1 ** sum(step >= milestone * steps for milestone in STEPS))
    return 1.0


def _one_cycle(step: int, steps: int, warmup: int) -> float:
    """Smith & Topin 2018, along half cosines."""
    top = (warmup or ONE_CYCLE_WARMUP * steps) - 1
    if step <= top:
        return _between(ONE_CYCLE_START, 1.0, step / top if top > 0 else 1.0)
    return _between(1.0, ONE_CYCLE_END, (step - top) / (steps - 1 - top))


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + cos(pi * done)) / 2
