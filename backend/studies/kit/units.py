"""Units: what a plan cuts an experiment's work into."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unit:
    """One short, independent, seeded, idempotent piece of an experiment.

    Within one set of parameters the key names the work: equal keys give equal results, so that an extended
    experiment reuses its parent's units. `payload` is JSON for `run`; `models` counts the models trained, or
    what else the study counts; `seconds` is the expected duration on two CPU cores, `stored` about how many
    bytes its result takes. Units of look 1 and on are held back until `Study.goes_on` asks for them.
    """

    key: str
    payload: dict[str, Any]
    models: int
    seconds: float
    stored: int
    look: int = 0
