"""Where experiments depart from Bubeck, Li & Nagaraj 2021, whose settings are partly not given."""

from collections.abc import Callable

from backend.studies.kit.departures import Departure, Departures
from backend.studies.robustness_law.params import Part, RobustnessParams, has
from backend.studies.robustness_law.presets import PAPER


def _of(*parts: Part) -> Callable[[RobustnessParams, RobustnessParams], bool]:
    return lambda ours, _: any(has(part)(ours) for part in parts)


def _reach(values: tuple[int, ...]) -> str:
    return f"{values[0]:,} to {values[-1]:,}" if len(values) > 1 else f"{values[0]:,}"


def _scope(params: RobustnessParams) -> tuple[str, ...]:
    said = ["learning rate, batch, initial weights and the exact grid are ours: the paper does not give them"]
    if has(Part.NOISE)(params):
        said.append("the noise threshold is Bubeck & Sellke's theorem on networks of ours; they train none")
    if has(Part.IMAGES)(params):
        said.append("random labels on images are ours: the papers have Gaussian points")
    if has(Part.TOGETHER)(params):
        said.append("the measures on the same networks are ours, on a task of ours")
    return tuple(said)


DEPARTURES = Departures(
    paper=RobustnessParams.model_validate(PAPER),
    settings=(
        Departure(
            ("examples", "dimensions", "ratios", "networks"),
            lambda ours, paper: (
                f"n of {_reach(ours.examples)} and d of {_reach(ours.dimensions)} instead of"
                f" {_reach(paper.examples)} and {_reach(paper.dimensions)}"
            ),
            of=_of(Part.LAW),
        ),
        Departure(
            ("regime_examples", "regime_dimensions"),
            lambda ours, paper: (
                f"two regimes at n = {ours.regime_examples:,}, d of {_reach(ours.regime_dimensions)} instead"
                f" of {paper.regime_examples:,}, {_reach(paper.regime_dimensions)}"
            ),
            of=_of(Part.REGIMES),
        ),
        Departure(
            ("threshold",),
            lambda ours, paper: f"fit below {ours.threshold:g} instead of {paper.threshold:g}",
            of=_of(Part.LAW),
        ),
        Departure(
            ("points",),
            lambda ours, paper: f"gradients at {ours.points:,} instead of {paper.points:,} fresh points",
            of=_of(Part.LAW, Part.REGIMES),
        ),
    ),
    scope=_scope,
)
