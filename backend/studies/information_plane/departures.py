"""Where experiments depart from Shwartz-Ziv & Tishby 2017 and Saxe et al. 2018."""

from collections.abc import Mapping
from typing import Any

from backend.studies.information_plane.params import ACTIVATION_TITLES, PlaneParams
from backend.studies.kit.departures import Departure, Departures

PAPER: Mapping[str, Any] = {
    "activations": ["tanh", "relu"],
    "optimizers": ["adam", "full_batch"],
    "percents": [80, 5],
    "rules": ["icosahedron"],
    "networks": 50,
    "epochs": 10_000,
    "full_batch_epochs": 10_000,
    "adam_rate": 4e-4,
    "checkpoints": 100,
}
_CENTER = ("activations", "optimizers", "percents", "rules")


def _first(params: PlaneParams) -> str:
    center = params.arms()[0]
    return (
        f"{ACTIVATION_TITLES[center.activation]}, {center.optimizer.replace('_', ' ')}, {center.percent} % of"
        f" the patterns and {center.rule} labels"
    )


def _scope(params: PlaneParams) -> tuple[str, ...]:
    said = [
        "training is Adam as in the authors' code, where the text says SGD; training patterns are drawn,"
        " where that code takes the first 80 %",
        "MNIST is not run",
    ]
    if "full_batch" in params.optimizers:
        said.append(f"full batch has a learning rate of {params.full_batch_rate:g}, ours: none is given")
    return tuple(said)


DEPARTURES = Departures(
    paper=PlaneParams.model_validate(PAPER),
    settings=(
        Departure(
            _CENTER,
            lambda ours, paper: (
                f"what all else is compared with is {_first(ours)} instead of {_first(paper)}"
            ),
            of=lambda ours, paper: ours.arms()[0] != paper.arms()[0]._replace(depth=ours.arms()[0].depth),
        ),
        Departure(
            ("widths",),
            lambda ours, paper: (
                f"hidden layers of {', '.join(map(str, ours.widths))} units instead of"
                f" {', '.join(map(str, paper.widths))}"
            ),
        ),
        Departure(
            ("networks",),
            lambda ours, paper: f"{ours.networks} networks in each setting instead of {paper.networks}",
        ),
        Departure(("epochs",), lambda ours, paper: f"{ours.epochs:,} epochs instead of {paper.epochs:,}"),
        Departure(
            ("full_batch_epochs",),
            lambda ours, paper: (
                f"{ours.full_batch_epochs:,} epochs of full batch instead of {paper.full_batch_epochs:,}"
            ),
            of=lambda ours, _: "full_batch" in ours.optimizers,
        ),
        Departure(
            ("batch_size",), lambda ours, paper: f"batches of {ours.batch_size} instead of {paper.batch_size}"
        ),
        Departure(
            ("adam_rate",),
            lambda ours, paper: f"a learning rate of {ours.adam_rate:g} instead of {paper.adam_rate:g}",
            of=lambda ours, _: "adam" in ours.optimizers,
        ),
    ),
    scope=_scope,
)
