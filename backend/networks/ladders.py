"""Families of models as ladders of size: what a size is called, how many weights it has, what it computes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from backend.datasets.base import Shape

RESNET_CHANNELS = (16, 32, 64)
ROUNDED_FROM = 250_000  # multiply-adds per example from which rounding products costs less than it saves
CIFAR10 = Shape(n_train=50_000, n_test=10_000, classes=10, height=32, width=32, channels=3)


class Family(StrEnum):
    """A kind of network and the one thing that makes it larger."""

    MLP_WIDTH = "mlp_width"
    MLP_DEPTH = "mlp_depth"
    CNN_WIDTH = "cnn_width"
    RESNET_DEPTH = "resnet_depth"


@dataclass(frozen=True)
class Ladder:
    """The sizes of one family: those offered by name, and all that can be asked for.

    `called` stands before a size in the name of a network, where that is not what the size is.
    """

    title: str
    size_name: str
    sizes: tuple[int, ...]
    allowed: Sequence[int]
    called: str = ""

    @property
    def prefix(self) -> str:
        """What stands before a size in the name of a step, such as `width ` in `width 8`."""
        return self.called or f"{self.size_name} "

    @property
    def allowed_text(self) -> str:
        """The allowed sizes for people."""
        if isinstance(self.allowed, range):
            return f"{self.allowed[0]} to {self.allowed[-1]}"
        return ", ".join(map(str, self.allowed))


RESNETS = (8, 14, 20, 32, 44, 56, 110)

LADDERS: Mapping[Family, Ladder] = {
    Family.MLP_WIDTH: Ladder("MLPs by width", "width", (2, 4, 8, 16, 32, 64, 128, 256), range(1, 4097)),
    Family.MLP_DEPTH: Ladder("MLPs by depth", "depth", (1, 2, 3, 4, 6, 8), range(1, 17)),
    Family.CNN_WIDTH: Ladder("Small CNNs by width", "width", (2, 4, 8, 16, 32, 64), range(1, 513)),
    Family.RESNET_DEPTH: Ladder("CIFAR ResNets by depth", "depth", RESNETS, RESNETS, "ResNet-"),
}


@dataclass(frozen=True)
class Cost:
    """Weights and biases of a model; multiply-adds and all layers' outputs of one pass for one example."""

    parameters: int
    multiply_adds: int
    outputs: int


def hidden_layers(family: Family, size: int, layers: int, units: int) -> tuple[int, ...]:
    """Return the hidden layers of a perceptron: its size is either their width or their number."""
    return (size,) * layers if family is Family.MLP_WIDTH else (units,) * size


def cost(family: Family, size: int, shape: Shape, layers: int = 1, units: int = 512) -> Cost:
    """Return what a model of that size is made of, for images of that shape; ReLU and norms compute nothing.

    `layers` belong to MLPs by width, `units` to MLPs by depth.
    """
    if family is Family.CNN_WIDTH:
        return _small_cnn(size, shape)
    if family is Family.RESNET_DEPTH:
        return _resnet(size, shape)
    widths = (shape.features, *hidden_layers(family, size, layers, units), shape.classes)
    products = sum(before * after for before, after in pairwise(widths))
    return Cost(products + sum(widths[1:]), products, sum(widths[1:]))


def _small_cnn(width: int, shape: Shape) -> Cost:
    channels = (shape.channels, width, 2 * width, 4 * width)
    weights = [9 * before * after for before, after in pairwise(channels)]
    areas = [(shape.height >> level) * (shape.width >> level) for level in range(3)]
    head = channels[-1] * shape.classes
    parameters = sum(weights) + 2 * sum(channels[1:]) + head + shape.classes
    return Cost(
        parameters,
        sum(w * area for w, area in zip(weights, areas, strict=True)) + head,
        sum(c * area for c, area in zip(channels[1:], areas, strict=True)) + shape.classes,
    )


def _resnet(depth: int, shape: Shape) -> Cost:
    first = RESNET_CHANNELS[0]
    weights = 9 * shape.channels * first
    norms = 2 * first
    height, width = shape.height, shape.width
    multiply_adds = weights * height * width
    outputs = first * height * width
    before = first
    for after in RESNET_CHANNELS:
        for _ in range((depth - 2) // 6):
            if after != before:
                height, width = -(-height // 2), -(-width // 2)
            convolutions = 9 * before * after + 9 * after * after
            weights += convolutions
            norms += 4 * after
            multiply_adds += convolutions * height * width
            outputs += 2 * after * height * width
            before = after
    head = before * shape.classes
    return Cost(weights + norms + head + shape.classes, multiply_adds + head, outputs + shape.classes)
