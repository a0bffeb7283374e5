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
    most_steps: int = 20_000,
) -> Floats:
    """Integrate dy/ds = slope(s, y) from `first` (d,) at the first of the times (t,); y (t, d) at all.

    `accuracy` bounds the error of a step, relative and absolute. Fewer rows than times where more than
    `most_steps` would be needed between two of them.
    """
    with _ONE_AT_A_TIME:
        found, told = odeint(
            slope,
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
    steps = told[
        "nst"
    ]  # cumulative; 0 at times that were not reached, its last entry before is the failure's
    return np.asarray(found[: max(1, int(np.count_nonzero(steps)))])
