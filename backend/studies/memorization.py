"""The main study: which examples a classifier memorizes, and how that depends on its size."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

import plotly.graph_objects as go
from pydantic import Field, field_validator, model_validator

from backend.datasets.digits import TRAIN_EXAMPLES
from backend.statistics.intervals import newcombe
from backend.statistics.subsets import heldout_count
from backend.studies import memorization_claims, memorization_figures
from backend.studies.base import Claim, FigureInfo, FigureView, Paper, Study, StudyParams, Unit
from backend.studies.results import Results

MAX_SECONDS = 24 * 3600
UNIT_SECONDS = 2.5
BLOCKS = (100, 50, 25, 10, 5, 2, 1)  # each divides the next larger or is cheap to repeat at the end


class MemorizationParams(StudyParams):
    """What to train, and on what; the defaults are the quick preset."""

    dataset: Literal["digits"] = Field(
        "digits", title="Data set", description="Images the models are trained on."
    )
    label_noise: float = Field(
        0.1,
        ge=0,
        le=0.5,
        title="Label noise",
        description="Fraction of the training labels changed to another class, and flagged as flipped.",
    )
    widths: tuple[Annotated[int, Field(ge=1, le=2048)], ...] = Field(
        (2, 4, 8, 16, 32, 64, 128, 256),
        min_length=1,
        max_length=12,
        title="Widths",
        description="Model sizes: hidden units of a network with one hidden layer, in ascending order.",
    )
    models: int = Field(
        200,
        ge=10,
        le=4000,
        title="Models per width",
        description="Models trained at each width, each on its own subset; more give narrower intervals.",
    )
    subset_fraction: float = Field(
        0.7,
        ge=0.5,
        le=0.9,
        title="Subset fraction",
        description="Fraction of the training set that each model sees; the rest is held out from it.",
    )
    epochs: int = Field(40, ge=1, le=500, title="Epochs", description="Passes over each model's subset.")
    batch_size: int = Field(64, ge=8, le=1024, title="Batch size", description="Examples per step of SGD.")
    learning_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        title="Learning rate",
        description="Rate of the first step; it falls to zero along a half cosine.",
    )
    momentum: float = Field(0.9, ge=0, le=0.99, title="Momentum", description="Momentum of SGD.")
    seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="Determines flipped labels, subsets, initial weights and batch orders.",
    )

    @field_validator("widths")
    @classmethod
    def _ascending(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if any(a >= b for a, b in pairwise(widths)):
            raise ValueError("must be distinct and in ascending order")
        return widths

    @model_validator(mode="after")
    def _affordable(self) -> "MemorizationParams":
        seconds = sum(unit_seconds(self, width, self.models) for width in self.widths)
        if seconds > MAX_SECONDS:
            raise ValueError(
                f"this would train for about {seconds / 3600:.0f} hours on two CPU cores, more than the"
                f" {MAX_SECONDS // 3600} allowed; use fewer models, epochs or smaller widths"
            )
        return self


def unit_seconds(params: MemorizationParams, width: int, models: int) -> float:
    """Return the expected time to train models of one width side by side on two CPU cores.

    A step costs its calls and one pass over all weights; an example costs its share of the data movement and
    of the matrix products. Constants were fitted to runs over widths 2-1024 and batches of 8-512.
    """
    subset = TRAIN_EXAMPLES - heldout_count(TRAIN_EXAMPLES, params.subset_fraction)
    steps = params.epochs * -(-subset // params.batch_size)
    visits = params.epochs * subset * models
    return steps * (6e-5 + 5e-9 * models * width) + visits * (1.8e-7 + 4.2e-9 * width)


def _unit(params: MemorizationParams, width: int, first: int, stop: int) -> Unit:
    return Unit(
        key=f"width={width}/models={first}-{stop}",
        payload={"width": width, "first": first, "count": stop - first},
        models=stop - first,
        seconds=unit_seconds(params, width, stop - first),
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
    size_name: ClassVar[str] = "width"
    figure_infos: ClassVar[tuple[FigureInfo, ...]] = memorization_figures.INFOS
    params: type[MemorizationParams] = MemorizationParams
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"quick": {}, "paper": {"models": 400}}

    def plan(self, params: MemorizationParams) -> list[Unit]:
        """Cut each width's models into blocks; all widths get their first block early, large widths first.

        Blocks start at multiples of a length that does not depend on the number of models, so an experiment
        with more models repeats the keys of every full block.
        """
        units = []
        for width in params.widths:
            length = next((b for b in BLOCKS if unit_seconds(params, width, b) <= UNIT_SECONDS), 1)
            units += [
                _unit(params, width, first, min(first + length, params.models))
                for first in range(0, params.models, length)
            ]
        return sorted(units, key=lambda unit: (unit.payload["first"], -unit.payload["width"]))

    def half_width(self, params: MemorizationParams) -> float:
        """Return it for an example that models always get right with it and half of the time without it."""
        n_out = max(
            round(params.models * heldout_count(TRAIN_EXAMPLES, params.subset_fraction) / TRAIN_EXAMPLES), 1
        )
        n_in = params.models - n_out
        low, high = newcombe(n_in, n_in, n_out / 2, n_out)
        return float(high - low) / 2

    def extended(self, params: MemorizationParams, models: int) -> MemorizationParams:
        """Return the same with that many more models per width; a ValidationError if that is too many."""
        return MemorizationParams.model_validate(params.model_dump() | {"models": params.models + models})

    def deviations(self, params: MemorizationParams) -> tuple[str, ...]:
        """List the departures from Lukasik et al. 2023, CIFAR-100."""
        found = [
            "digits (1,437 images of 8 x 8 pixels) instead of CIFAR-100 and ImageNet",
            "networks with one hidden layer, over width, instead of ResNets, over depth",
            f"{params.epochs} epochs of SGD at batch {params.batch_size} instead of 450 at batch 1,024",
            "no data augmentation",
        ]
        if params.label_noise > 0:
            found.append(f"{params.label_noise:.0%} of the training labels flipped on purpose")
        if params.models != 400:
            found.append(f"{params.models} instead of 400 models per size")
        if params.subset_fraction != 0.7:
            found.append(f"subsets of {params.subset_fraction:.0%} instead of 70 %")
        return tuple(found)

    def figures(self, results: Results, view: FigureView) -> Mapping[str, Callable[[], go.Figure]]:
        """Return the builders of `memorization_figures`."""
        return memorization_figures.builders(results, view)

    def claims(self, results: Results, params: MemorizationParams) -> tuple[Claim, ...]:
        """Return the claims of `memorization_claims`."""
        widths = (
            f"{params.widths[0]}-{params.widths[-1]}" if len(params.widths) > 1 else f"{params.widths[0]}"
        )
        setting = f"ours, reduced: {params.dataset}, MLP widths {widths}, {params.models} models per width"
        return memorization_claims.claims(results, setting)
