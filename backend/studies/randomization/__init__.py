"""Zhang et al. 2017/2021: networks fit random labels, so what makes them generalize?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import plotly.graph_objects as go

from backend.datasets.base import Shape
from backend.datasets.options import NoiseKind
from backend.networks.architectures import Architecture, cost, is_convolutional, title
from backend.studies.base import Claim, Extension, FigureInfo, FigureView, Paper, Related, Study, Unit
from backend.studies.randomization import claims, figures
from backend.studies.randomization.facts import Facts
from backend.studies.randomization.params import NETWORK_PARTS, Part, RandomizationParams, seen
from backend.studies.randomization.plan import plan
from backend.studies.results import Results

UNIT_BYTES = 50_000  # about what a unit's facts take
LOOKED_AT = (0.2, 0.5)  # probabilities of corruption at which clean and changed labels are told apart
PAPER: Mapping[str, Any] = {
    "dataset": "cifar10",
    "per_class": None,
    "architectures": tuple(Architecture),
    "runs": 1,
    "epochs": 100,
    "batch_size": 128,
    "learning_rate": 0.01,
    "decay": 0.95,
    "kernel_examples": 20_000,
}
# Fewer examples mean fewer steps per epoch: the rate must not fall as fast.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "mnist": {
        "dataset": "mnist",
        "per_class": 200,
        "epochs": 100,
        "batch_size": 64,
        "learning_rate": 0.01,
        "decay": 0.98,
    },
    "cifar10": {
        "dataset": "cifar10",
        "per_class": 500,
        "runs": 1,
        "epochs": 100,
        "batch_size": 64,
        "learning_rate": 0.01,
        "decay": 0.98,
        "kernel_examples": 5000,
    },
    "theory": {  # what needs no training takes more examples than what does
        "dataset": "mnist",
        "per_class": None,
        "parts": (Part.FINITE_SAMPLE, Part.LINEAR, Part.COMPLEXITY),
        "kernel_examples": 10_000,
    },
    "paper": PAPER,
}


class RandomizationStudy(Study[RandomizationParams]):
    """What networks fit, what it costs them, and how little classical complexity says about it."""

    name: ClassVar[str] = "randomization"
    title: ClassVar[str] = "Understanding deep learning requires rethinking generalization"
    summary: ClassVar[str] = (
        "Trains networks on random labels, shuffled pixels and noise, which they fit as well as true labels."
        " Then asks what does not explain why they generalize: regularizers, complexity, norms."
    )
    paper: ClassVar[Paper] = Paper(
        title="Understanding deep learning requires rethinking generalization",
        authors="Chiyuan Zhang, Samy Bengio, Moritz Hardt, Benjamin Recht, Oriol Vinyals",
        year=2017,
        venue="ICLR 2017; extended in Communications of the ACM 64(3), 2021",
        url="https://arxiv.org/abs/1611.03530",
        bibtex="""@inproceedings{zhang2017understanding,
  title = {Understanding deep learning requires rethinking generalization},
  author = {Zhang, Chiyuan and Bengio, Samy and Hardt, Moritz and Recht, Benjamin and Vinyals, Oriol},
  booktitle = {International Conference on Learning Representations},
  year = {2017},
  url = {https://arxiv.org/abs/1611.03530}
}""",
    )
    figure_infos: ClassVar[tuple[FigureInfo, ...]] = figures.INFOS
    extension: ClassVar[Extension] = Extension(
        label="Further runs of every curve",
        detail="A new experiment reuses all networks of this one and adds runs with other initial weights and"
        " orders, which narrows the bands.",
        default=2,
        least=1,
        most=50,
        noun="runs",
    )
    has_scores: ClassVar[bool] = False
    shows_data_modes: ClassVar[bool] = True
    params: type[RandomizationParams] = RandomizationParams
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS

    def size_name(self, params: RandomizationParams) -> str:  # noqa: ARG002 - part of the contract
        """Return what tells networks apart here."""
        return "architecture"

    def plan(self, params: RandomizationParams, shape: Shape) -> list[Unit]:
        """Return the units of `plan`."""
        return plan(params, shape)

    def half_width(self, params: RandomizationParams, shape: Shape) -> None:
        """There are no scores of examples."""

    def extended(self, params: RandomizationParams, models: int) -> RandomizationParams:
        """Return the same with that many more runs; a ValidationError if that is too many."""
        return RandomizationParams.model_validate(params.model_dump() | {"runs": params.runs + models})

    def parameters(self, params: RandomizationParams, shape: Shape) -> Mapping[int, int]:  # noqa: ARG002
        """Return nothing: there are no sizes; `notes` has the counts."""
        return {}

    def disk_bytes(self, units: Sequence[Unit], shape: Shape) -> int:  # noqa: ARG002
        """Return about how much the facts take: curves, no answers."""
        return len(units) * UNIT_BYTES

    def notes(self, params: RandomizationParams, shape: Shape) -> tuple[str, ...]:
        """Say how many weights each network has on these images."""
        if not set(NETWORK_PARTS) & set(params.parts):
            return ()
        window = seen(shape)
        return tuple(
            f"{title(a, params.reduction)}: {cost(a, window, params.reduction).parameters:,} weights and"
            f" biases on {window.height} x {window.width} pixels."
            for a in params.architectures
        )

    def deviations(self, params: RandomizationParams) -> tuple[str, ...]:
        """List the departures from the paper's CIFAR-10 setting."""
        return tuple(text for text, departs in _departures(params) if departs)

    def shown(self, params: RandomizationParams) -> tuple[FigureInfo, ...]:
        """Return the figures of the chosen parts."""
        chosen = {name for part in params.parts for name in figures.OF_PART[part]}
        return tuple(info for info in self.figure_infos if info.name in chosen)

    def figures(
        self,
        results: Results,
        params: RandomizationParams,
        view: FigureView,  # noqa: ARG002 - part of the contract
    ) -> Mapping[str, Callable[[], go.Figure]]:
        """Return the builders of `figures`."""
        facts = Facts.from_json(results.facts)
        return figures.builders(facts, params.reduction, facts.classes)

    def claims(self, results: Results, params: RandomizationParams) -> tuple[Claim, ...]:
        """Return the claims of `claims`."""
        whose = "reduced" if self.deviations(params) else "paper settings"
        facts = Facts.from_json(results.facts)
        setting = f"ours, {whose}: {params.dataset}, {facts.n_train:,} training examples"
        if _is_reduced(params):
            setting += f", convolutional networks width-reduced to 1/{params.reduction}"
        return claims.claims(facts, params.dataset, params.reduction, setting)

    def related(self, params: RandomizationParams) -> tuple[Related, ...]:
        """Return the main study under the very labels that the part about memorization trains on."""
        if Part.MEMORIZATION not in params.parts:
            return ()
        data = params.data().model_dump()
        return tuple(
            Related(
                title=f"Scores of every example with p = {p:g} of the labels redrawn",
                detail="The main study trains on the same pictures and labels, and shows the examples behind"
                " each score.",
                study="memorization",
                params=data | {"noise": NoiseKind.UNIFORM, "label_noise": p},
            )
            for p in LOOKED_AT
        )

    def preview(self, results: Results) -> dict[str, Any] | None:
        """Return the training accuracy over steps of each kind of data."""
        return figures.preview(Facts.from_json(results.facts))


def _is_reduced(params: RandomizationParams) -> bool:
    return params.reduction > 1 and any(map(is_convolutional, params.architectures))


def _departures(params: RandomizationParams) -> list[tuple[str, bool]]:
    """Return what an experiment would depart in from the paper's, and whether it does."""
    paper = RandomizationParams.model_validate(PAPER)
    missing = [title(a) for a in paper.architectures if a not in params.architectures]
    networks = bool(set(NETWORK_PARTS) & set(params.parts))
    return [
        (f"{params.dataset} instead of CIFAR-10", params.dataset != paper.dataset),
        ("ImageNet is not run", True),
        (f"{len(params.classes)} of the classes", bool(params.classes)),
        (f"at most {params.per_class} training examples per class", params.per_class is not None),
        (f"images of {params.image_size} x {params.image_size} pixels", params.image_size is not None),
        ("images in shades of gray", params.grayscale),
        (f"without {', '.join(missing)}", networks and bool(missing)),
        (
            f"convolutional networks width-reduced to 1/{params.reduction}",
            networks and _is_reduced(params),
        ),
        (
            f"at most {params.epochs} epochs at batch {params.batch_size} instead of {paper.epochs} at batch"
            f" {paper.batch_size}",
            networks and (params.epochs, params.batch_size) != (paper.epochs, paper.batch_size),
        ),
        (
            f"learning rate times {params.decay:g} per epoch instead of {paper.decay:g}",
            networks and params.decay != paper.decay,
        ),
        (
            "batch size, initial weights, weight decay and AlexNet's response normalization are ours: the"
            " paper gives none of them",
            networks,
        ),
        (
            "other learning rates",
            networks and any(params.rate(a) != paper.rate(a) for a in params.architectures),
        ),
        (
            f"kernel models of at most {params.kernel_examples:,} examples",
            Part.LINEAR in params.parts,
        ),
    ]
