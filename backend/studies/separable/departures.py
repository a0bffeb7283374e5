"""Where experiments depart from Soudry et al. 2018: points, and a residual network on CIFAR-10."""

from backend.networks.ladders import LADDERS
from backend.studies.kit.departures import Departure, Departures, on_images
from backend.studies.separable.params import STEP_SIZES, Part, SeparableParams, has
from backend.studies.separable.presets import PAPER

_PAPER = SeparableParams.model_validate(PAPER)
_trains, _descends = has(Part.NETWORKS), has(Part.OPTIMIZERS)


def _networks(ours: SeparableParams, _paper: SeparableParams) -> bool:
    return _trains(ours)


def _points(ours: SeparableParams, _paper: SeparableParams) -> bool:
    return _descends(ours)


def _scope(params: SeparableParams) -> tuple[str, ...]:
    said = ["the theorems' own numbers are in the laboratories, not in experiments"]
    if _trains(params):
        said.append(
            "the learning rate is constant, as the paper's caption says; the released code divides it by 10"
            " after 81, 122 and 164 of 2,000 epochs"
        )
    if Part.PAIR in params.parts:
        said.append("two classes of images as points are ours: the paper has points of the plane")
    if _descends(params):
        said.append(
            "steps are 1 / sigma^2, sigma being the largest singular value; the paper's text has 1 / sigma,"
            " with which momentum overshoots"
        )
    return tuple(said)


DEPARTURES = Departures(
    paper=_PAPER,
    settings=(
        *(Departure(departure.fields, departure.words, of=_networks) for departure in on_images("CIFAR-10")),
        Departure(
            ("family", "size", "hidden_layers"),
            lambda ours, paper: (
                f"{LADDERS[ours.family].title.replace('by', 'of')} {ours.size} instead of a"
                f" ResNet-{paper.size}"
            ),
            of=_networks,
        ),
        Departure(
            ("epochs", "batch_size"),
            lambda ours, paper: (
                f"{ours.epochs:,} epochs at batch {ours.batch_size} instead of {paper.epochs:,} at batch"
                f" {paper.batch_size}"
            ),
            of=_networks,
        ),
        Departure(
            ("learning_rate",),
            lambda ours, paper: (
                f"a learning rate of {ours.learning_rate:g} instead of {paper.learning_rate:g}"
            ),
            of=_networks,
        ),
        Departure(("augment",), lambda _ours, _paper: "neither crops nor flips", of=_networks),
        Departure(
            ("steps",), lambda ours, paper: f"{ours.steps:,} instead of {paper.steps:,} steps", of=_points
        ),
        Departure(
            ("step_size",),
            lambda ours, paper: (
                f"steps of {STEP_SIZES[ours.step_size]} instead of {STEP_SIZES[paper.step_size]}"
            ),
            of=_points,
        ),
        Departure(
            ("epsilon",),
            lambda ours, paper: f"an epsilon of {ours.epsilon:g} instead of {paper.epsilon:g} in Adam",
            of=_points,
        ),
    ),
    scope=_scope,
)
