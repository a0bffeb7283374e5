"""The main study: which examples a classifier memorizes, and how that depends on its size."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import plotly.graph_objects as go

from backend.core.errors import FieldError, InvalidError
from backend.datasets.base import Shape
from backend.datasets.options import NoiseKind, PixelMode
from backend.datasets.pixels import DESCRIPTIONS
from backend.networks.ladders import LADDERS, Cost, Family, cost
from backend.networks.speed import CONVOLUTIONAL, PERCEPTRON, Speed, is_rounded
from backend.statistics.curves import evaluated_epochs
from backend.statistics.intervals import newcombe
from backend.statistics.subsets import heldout_count
from backend.studies import memorization_claims, memorization_figures
from backend.studies.base import Claim, Extension, FigureInfo, FigureView, Paper, Study, Unit
from backend.studies.memorization_params import MemorizationParams
from backend.studies.results import Results

MAX_UNITS = 20_000
UNIT_SECONDS = 2.5  # of the units of a short experiment: results come in soon
LONGEST_UNIT_SECONDS = 60.0
UNITS_PER_MODEL = 0.05  # share of one model of every size that a unit of a long experiment takes
BLOCKS = (100, 50, 20, 10, 4, 2)  # at least two: one for each lane of the smallest machine
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "quick": {},
    "mnist": {
        "dataset": "mnist",
        "per_class": 1000,
        "sizes": (4, 16, 64, 256, 1024),
        "models": 100,
        "epochs": 15,
    },
    "cifar10": {
        "dataset": "cifar10",
        "per_class": 500,
        "family": Family.CNN_WIDTH,
        "sizes": (4, 8, 16, 32),
        "models": 60,
        "epochs": 20,
    },
    "paper": {
        "dataset": "cifar100",
        "label_noise": 0.0,
        "family": Family.RESNET_DEPTH,
        "models": 400,
        "epochs": 450,
        "batch_size": 1024,
        "learning_rate": 1.0,
        "schedule": "step",
        "warmup_epochs": 15,
        "nesterov": True,
        "weight_decay": 1e-4,
        "crop": 4,
        "flip": True,
    },
}


SPEEDS: Mapping[Family, Speed] = {
    Family.MLP_WIDTH: PERCEPTRON,
    Family.MLP_DEPTH: PERCEPTRON,
    Family.CNN_WIDTH: CONVOLUTIONAL,
    Family.RESNET_DEPTH: CONVOLUTIONAL,
}


def model_cost(params: MemorizationParams, shape: Shape, size: int) -> Cost:
    """Return what a model of one size is made of."""
    return cost(params.family, size, shape, params.hidden_layers, params.hidden_units)


def unit_seconds(params: MemorizationParams, shape: Shape, size: int, models: int) -> float:
    """Return the expected time to train models of one size side by side on two CPU cores."""
    of_one = model_cost(params, shape, size)
    subset = shape.n_train - heldout_count(shape.n_train, params.subset_fraction)
    return SPEEDS[params.family].seconds(
        of_one,
        models,
        steps=params.epochs * -(-subset // params.batch_size),
        visits=params.epochs * subset,
        asked=len(evaluated_epochs(params.epochs)) * (shape.n_train + shape.n_test),
        features=shape.features,
        rounded=is_rounded(params.precision, of_one),
    )


def _unit(params: MemorizationParams, shape: Shape, size: int, first: int, stop: int) -> Unit:
    return Unit(
        key=f"{LADDERS[params.family].size_name}={size}/models={first}-{stop}",
        payload={"size": size, "first": first, "count": stop - first},
        models=stop - first,
        seconds=unit_seconds(params, shape, size, stop - first),
    )


class MemorizationStudy(Study[MemorizationParams]):
    """Memorization per example and model size, from models trained on random subsets."""

    name: ClassVar[str] = "memorization"
    title: ClassVar[str] = "What do larger image classifiers memorize?"
    summary: ClassVar[str] = (
        "Trains many models of each size on random subsets of the training set. An example is memorized as"
        " far as models that had it get it right and models that did not have it do not."
    )
    paper: ClassVar[Paper] = Paper(
        title="What do larger image classifiers memorise?",
        authors="Michal Lukasik, Vaishnavh Nagarajan, Ankit Singh Rawat, Aditya Krishna Menon, Sanjiv Kumar",
        year=2023,
        venue="Transactions on Machine Learning Research, 2024",
        url="https://arxiv.org/abs/2310.05337",
        bibtex="""@article{lukasik2024larger,
  title = {What do larger image classifiers memorise?},
  author = {Lukasik, Michal and Nagarajan, Vaishnavh and Rawat, Ankit Singh and Menon, Aditya Krishna
            and Kumar, Sanjiv},
  journal = {Transactions on Machine Learning Research},
  year = {2024},
  url = {https://arxiv.org/abs/2310.05337}
}""",
    )
    figure_infos: ClassVar[tuple[FigureInfo, ...]] = memorization_figures.INFOS
    extension: ClassVar[Extension] = Extension(
        label="Further models at every size",
        detail="A new experiment reuses all models of this one, so that this one stays as it is. More models"
        " make every interval narrower.",
        default=200,
        least=10,
        most=4000,
    )
    params: type[MemorizationParams] = MemorizationParams
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS

    def size_name(self, params: MemorizationParams) -> str:
        """Return "width" or "depth"."""
        return LADDERS[params.family].size_name

    def plan(self, params: MemorizationParams, shape: Shape) -> list[Unit]:
        """Cut each size's models into blocks; all sizes get their first block early, small sizes first.

        What is quickest to train comes first, so that the first histogram is there within seconds. Blocks
        start at multiples of a length that does not depend on the number of models, so an experiment with
        more models repeats the keys of every full block.
        """
        one_of_each = sum(unit_seconds(params, shape, size, 1) for size in params.sizes)
        longest = min(max(UNIT_SECONDS, one_of_each * UNITS_PER_MODEL), LONGEST_UNIT_SECONDS)
        units = []
        for size in params.sizes:
            length = next((b for b in BLOCKS if unit_seconds(params, shape, size, b) <= longest), BLOCKS[-1])
            units += [
                _unit(params, shape, size, first, min(first + length, params.models))
                for first in range(0, params.models, length)
            ]
        if len(units) > MAX_UNITS:
            detail = (
                f"would make {len(units):,} units of work, at most {MAX_UNITS:,}; use fewer models or sizes"
            )
            raise InvalidError(f"models: {detail}.", (FieldError("/params/models", detail),))
        return sorted(units, key=lambda unit: (unit.payload["first"], unit.payload["size"]))

    def half_width(self, params: MemorizationParams, shape: Shape) -> float:
        """Return it for an example that models always get right with it and half of the time without it."""
        heldout = heldout_count(shape.n_train, params.subset_fraction)
        n_out = max(round(params.models * heldout / shape.n_train), 1)
        n_in = params.models - n_out
        low, high = newcombe(n_in, n_in, n_out / 2, n_out)
        return float(high - low) / 2

    def parameters(self, params: MemorizationParams, shape: Shape) -> Mapping[int, int]:
        """Return the counts for the family's ladder and the sizes beside it."""
        sizes = sorted({*LADDERS[params.family].sizes, *params.sizes})
        return {size: model_cost(params, shape, size).parameters for size in sizes}

    def extended(self, params: MemorizationParams, models: int) -> MemorizationParams:
        """Return the same with that many more models per size; a ValidationError if that is too many."""
        return MemorizationParams.model_validate(params.model_dump() | {"models": params.models + models})

    def deviations(self, params: MemorizationParams) -> tuple[str, ...]:
        """List the departures from Lukasik et al. 2023, CIFAR-100."""
        return tuple(text for text, departs in _departures(params) if departs)

    def figures(
        self, results: Results, params: MemorizationParams, view: FigureView
    ) -> Mapping[str, Callable[[], go.Figure]]:
        """Return the builders of `memorization_figures`."""
        return memorization_figures.builders(results, view, self.size_name(params))

    def claims(self, results: Results, params: MemorizationParams) -> tuple[Claim, ...]:
        """Return the claims of `memorization_claims`."""
        whose = "reduced" if self.deviations(params) else "paper settings"
        first, last = params.sizes[0], params.sizes[-1]
        sizes = f"{first}-{last}" if last > first else f"{first}"
        setting = (
            f"ours, {whose}: {params.dataset}, {LADDERS[params.family].title} {sizes},"
            f" {params.models} models per {self.size_name(params)}"
        )
        return memorization_claims.claims(results, setting)


def _departures(params: MemorizationParams) -> list[tuple[str, bool]]:
    """Return what an experiment would depart in from the paper's, and whether it does."""
    paper = MemorizationParams.model_validate(PRESETS["paper"])
    recipe = ("learning_rate", "schedule", "warmup_epochs", "momentum", "nesterov", "weight_decay")
    ladder = LADDERS[params.family]
    return [
        (f"{params.dataset} instead of CIFAR-100 and ImageNet", params.dataset != paper.dataset),
        (f"{len(params.classes)} of the classes", bool(params.classes)),
        (f"at most {params.per_class} training examples per class", params.per_class is not None),
        (f"images of {params.image_size} x {params.image_size} pixels", params.image_size is not None),
        ("images in shades of gray", params.grayscale),
        (DESCRIPTIONS[params.pixels], params.pixels is not PixelMode.ORIGINAL),
        (f"labels from the file {params.labels!r}", params.labels is not None),
        (
            f"each training label redrawn uniformly with probability {params.label_noise:g}"
            if params.noise is NoiseKind.UNIFORM
            else f"{params.label_noise:.0%} of the training labels flipped on purpose",
            params.label_noise > 0,
        ),
        (
            f"{ladder.title.replace('by', 'over')} instead of ResNets over depth",
            params.family is not paper.family,
        ),
        ("not all depths of the paper", params.family is paper.family and params.sizes != paper.sizes),
        (
            f"{params.epochs} epochs of SGD at batch {params.batch_size:,} instead of {paper.epochs} at batch"
            f" {paper.batch_size:,}",
            (params.epochs, params.batch_size) != (paper.epochs, paper.batch_size),
        ),
        (
            "another learning rate, schedule, momentum or weight decay",
            any(getattr(params, name) != getattr(paper, name) for name in recipe),
        ),
        (
            "other data augmentation" if params.crop or params.flip else "no data augmentation",
            (params.crop, params.flip) != (paper.crop, paper.flip),
        ),
        (f"{params.models} instead of {paper.models} models per size", params.models != paper.models),
        (
            f"subsets of {params.subset_fraction:.0%} instead of 70 %",
            params.subset_fraction != paper.subset_fraction,
        ),
    ]
