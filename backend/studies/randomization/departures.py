"""Where experiments depart from Zhang et al. 2017 on CIFAR-10."""

from backend.networks.architectures import is_convolutional, title
from backend.studies.kit.departures import Departure, Departures, on_images
from backend.studies.randomization.params import NETWORK_PARTS, Part, RandomizationParams, has
from backend.studies.randomization.presets import PAPER

_PAPER = RandomizationParams.model_validate(PAPER)
_trains = has(*NETWORK_PARTS)


def _networks(ours: RandomizationParams, _paper: RandomizationParams) -> bool:
    return _trains(ours)


def is_reduced(params: RandomizationParams) -> bool:
    """Whether any network is narrower than the paper's."""
    return params.reduction > 1 and any(map(is_convolutional, params.architectures))


def _missing(ours: RandomizationParams, paper: RandomizationParams) -> str:
    return f"without {', '.join(title(a) for a in paper.architectures if a not in ours.architectures)}"


def _scope(params: RandomizationParams) -> tuple[str, ...]:
    said = ["ImageNet is not run"]
    if _trains(params):
        said.append(
            "batch size, initial weights, weight decay and AlexNet's response normalization are ours: the"
            " paper gives none of them"
        )
    if Part.LINEAR in params.parts:
        said.append(f"kernel models of at most {params.kernel_examples:,} examples")
    return tuple(said)


DEPARTURES = Departures(
    paper=_PAPER,
    settings=(
        *on_images("CIFAR-10"),
        Departure(("architectures",), _missing, of=_networks),
        Departure(
            ("reduction",),
            lambda ours, _: f"convolutional networks width-reduced to 1/{ours.reduction}",
            of=lambda ours, _: _trains(ours) and is_reduced(ours),
        ),
        Departure(
            ("epochs", "batch_size"),
            lambda ours, paper: (
                f"at most {ours.epochs} epochs at batch {ours.batch_size} instead of {paper.epochs} at batch"
                f" {paper.batch_size}"
            ),
            of=_networks,
        ),
        Departure(
            ("decay",),
            lambda ours, paper: f"learning rate times {ours.decay:g} per epoch instead of {paper.decay:g}",
            of=_networks,
        ),
        Departure(
            ("learning_rate", "inception_learning_rate"),
            lambda _ours, _paper: "other learning rates",
            of=lambda ours, paper: (
                _trains(ours) and any(ours.rate(a) != paper.rate(a) for a in ours.architectures)
            ),
        ),
    ),
    scope=_scope,
)
