"""Stiff differential equations by LSODA, which takes few steps where solutions are smooth."""

import warnings
from collections.abc import Callable
from threading import Lock

import numpy as np
from scipy.integrate import ODEintWarning, odeint

from backend.theory.margin_loss import Floats

Slope = Callable[[float, Floats], Floats]

_ONE_AT_A_TIME = Lock()  # LSODA has had state of its own in versions of scipy
# Where it gives up, fewer rows tell so.
warnings.filterwarnings("ignore", category=ODEintWarning)


def integrated(
    slope: Slope,
    jacobian: Slope | None,
    first: Floats,
    times: Floats,
    *,
    accuracy: float = 1e-10,
    most_steps: int = 2_000,
) -> Floats:
    """Integrate dy/ds = slope(s, y) from `first` (d,) at the first of the times (t,); y (t, d) at all.

    `accuracy` bounds the error of a step, relative and absolute. Fewer rows than times where more than
    `most_steps` would be needed between two of them.
    """
    seen = float(times[0])

    def looked(s: float, y: Floats) -> Floats:
        nonlocal seen
        seen = s
        return slope(s, y)

    with _ONE_AT_A_TIME:
        found, told = odeint(
            looked,
            first,
            times,
            Dfun=jacobian,
            tfirst=True,
            rtol=accuracy,
            atol=accuracy,
            mxstep=most_steps,
            full_output=True,
        )
    if told["message"] == "Integration successful.":
        return np.asarray(found)
    # What it had not come to is not even zeros. Of the last time that it looked at, one before is sure.
    return np.asarray(found[: max(1, int(np.searchsorted(times, seen)) - 1)])
