"""What the engine is held against: the loop that a user would write, and the data that both train on."""

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean, stdev
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from backend.core.settings import Settings
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import Examples, take
from backend.datasets.options import DataOptions
from backend.networks.ladders import Family
from backend.statistics.curves import evaluated_epochs
from backend.studies.memorization.params import MemorizationParams
from workers.datasets.torchvision_sets import UnavailableError, read
from workers.engine.data import Split
from workers.engine.run import Recipe
from workers.networks.families import split_for

PARAMS = MemorizationParams()
RECIPE = Recipe(PARAMS.epochs, PARAMS.batch_size, PARAMS.learning_rate, PARAMS.momentum)
CHUNK = 1000  # examples asked at once

T = TypeVar("T")


class Answers(NamedTuple):
    """Class indices that models answer: train (K, n), test (K, n_test)."""

    train: np.ndarray
    test: np.ndarray

    def __add__(self, other: "Answers") -> "Answers":  # type: ignore[override]
        return Answers(*(np.concatenate(parts) for parts in zip(self, other, strict=True)))


def digits(label_noise: float = PARAMS.label_noise) -> Split:
    return split_for(Family.MLP_WIDTH, take(load_digits_dataset(), DataOptions(label_noise=label_noise)))


def mnist(**options: object) -> Examples | None:
    """Return MNIST, None with a word of advice where it can neither be found nor downloaded."""
    options_ = DataOptions(dataset="mnist", **options)
    try:
        return take(read("mnist", Settings(), lambda _: None), options_)
    except UnavailableError as error:
        print(f"Skipped: {error}")
        return None


def perceptron(units: Sequence[int]) -> Callable[[], nn.Module]:
    """Return what makes a perceptron, initialized as the engine initializes its own."""

    def make() -> nn.Module:
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(units):
            layer = nn.Linear(before, after)
            nn.init.normal_(layer.weight, std=((1 if after == units[-1] else 2) / before) ** 0.5)
            nn.init.zeros_(layer.bias)
            layers += [layer, nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    return make


def plain_loop(
    make: Callable[[], nn.Module], split: Split, masks: np.ndarray, recipe: Recipe, first_seed: int = 0
) -> Answers:
    """Train one model at a time: no data loader, all data as floats in memory, torch.optim.SGD.

    Like the engine, it asks all examples after some epochs, and returns the last answers.
    """
    x, x_test = (
        torch.from_numpy(((part - split.mean) / split.sd).astype(np.float32))
        for part in (split.x, split.x_test)
    )
    y = torch.from_numpy(split.y)
    points = evaluated_epochs(recipe.epochs)
    found = []
    for number, mask in enumerate(masks):
        torch.manual_seed(first_seed + number)
        subset = torch.from_numpy(np.flatnonzero(mask))
        net = make()
        optimizer = torch.optim.SGD(net.parameters(), recipe.learning_rate, recipe.momentum)
        steps = recipe.epochs * -(-len(subset) // recipe.batch_size)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for epoch in range(recipe.epochs):
            net.train()
            for batch in subset[torch.randperm(len(subset))].split(recipe.batch_size):
                optimizer.zero_grad()
                functional.cross_entropy(net(x[batch]), y[batch]).backward()
                optimizer.step()
                schedule.step()
            if epoch + 1 in points:
                answers = [asked(net, part) for part in (x, x_test)]
        found.append(Answers(*(answer[None] for answer in answers)))
    return sum(found[1:], start=found[0])


@torch.no_grad()
def asked(net: nn.Module, x: torch.Tensor) -> np.ndarray:
    net.eval()
    return torch.cat([net(part).argmax(1) for part in x.split(CHUNK)]).numpy()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return seconds, and what `work` returns."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def with_error(values: Sequence[float]) -> str:
    return f"{fmean(values):.4f} ± {stdev(values) / len(values) ** 0.5:.4f}"


def heldout_accuracy(answers: np.ndarray, split: Split, masks: np.ndarray) -> list[float]:
    return [(row == split.y)[~mask].mean() for row, mask in zip(answers, masks, strict=True)]
