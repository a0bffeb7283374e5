"""Zhang et al.'s (2017) networks: what they are called, how many weights they have, what they compute."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from backend.datasets.base import Shape
from backend.networks.ladders import Cost

REDUCTIONS = (1, 2, 4, 8)  # every width below is a multiple of all of them
MIN_SIDE = 5  # halved twice, it leaves two pixels: batch norm cannot learn from one pixel of one image


class Architecture(StrEnum):
    """A network of the paper's experiments on CIFAR-10."""

    MLP_1X512 = "mlp_1x512"
    MLP_3X512 = "mlp_3x512"
    ALEXNET = "small_alexnet"
    INCEPTION = "small_inception"
    INCEPTION_PLAIN = "small_inception_no_bn"


MLP_HIDDEN: Mapping[Architecture, tuple[int, ...]] = {
    Architecture.MLP_1X512: (512,),
    Architecture.MLP_3X512: (512, 512, 512),
}
ALEXNET_CHANNELS = (64, 64)
ALEXNET_HIDDEN = (384, 192)
INCEPTION_STEM = 96
# A pair: channels of a 1 x 1 and a 3 x 3 convolution side by side. A number: those of a 3 x 3 convolution
# with stride 2 beside max-pooling.
INCEPTION_BLOCKS: tuple[tuple[int, int] | int, ...] = (
    *((32, 32), (32, 48), 80),
    *((112, 48), (96, 64), (80, 80), (48, 96), 96),
    *((176, 160), (176, 160)),
)

_TITLES: Mapping[Architecture, str] = {
    Architecture.MLP_1X512: "MLP 1 x 512",
    Architecture.MLP_3X512: "MLP 3 x 512",
    Architecture.ALEXNET: "Small AlexNet",
    Architecture.INCEPTION: "Small Inception",
    Architecture.INCEPTION_PLAIN: "Small Inception without batch norm",
}


def title(architecture: Architecture, reduction: int = 1) -> str:
    """Return its name for people, which says so where its widths are not the paper's."""
    if reduction == 1 or not is_convolutional(architecture):
        return _TITLES[architecture]
    return f"{_TITLES[architecture]}, width-reduced to 1/{reduction}"


def is_convolutional(architecture: Architecture) -> bool:
    """Return whether it sees images, and its widths can be reduced; perceptrons see rows of numbers."""
    return architecture not in MLP_HIDDEN


def has_norm(architecture: Architecture) -> bool:
    """Return whether it normalizes over batches."""
    return architecture is Architecture.INCEPTION


def check(architecture: Architecture, shape: Shape) -> None:
    """Raise ValueError where images of that shape are too small."""
    if is_convolutional(architecture) and min(shape.height, shape.width) < MIN_SIDE:
        raise ValueError(
            f"{_TITLES[architecture]} needs images of at least {MIN_SIDE} x {MIN_SIDE} pixels,"
            f" got {shape.height} x {shape.width}"
        )


def cost(architecture: Architecture, shape: Shape, reduction: int = 1) -> Cost:
    """Return what it is made of for images of that shape, as they are seen; ValueError if they are too small.

    The paper's way of counting: weights and biases, without batch norm's scales and shifts. The `reduction`,
    one of REDUCTIONS, divides the widths of convolutional networks.
    """
    check(architecture, shape)
    layers = list(_layers(architecture, shape, reduction))
    return Cost(
        parameters=sum((layer.inputs + 1) * layer.channels for layer in layers),
        multiply_adds=sum(layer.inputs * layer.channels * layer.positions for layer in layers),
        outputs=sum(layer.channels * layer.positions for layer in layers),
    )


class _Layer(NamedTuple):
    """Outputs in `channels` at each of the `positions`, each of them the product of so many `inputs`."""

    inputs: int
    channels: int
    positions: int


def _layers(architecture: Architecture, shape: Shape, reduction: int) -> Iterator[_Layer]:
    if architecture in MLP_HIDDEN:
        return _connected(shape.features, *MLP_HIDDEN[architecture], shape.classes)
    if architecture is Architecture.ALEXNET:
        return _alexnet(shape, reduction)
    return _inception(shape, reduction)


def _connected(*widths: int) -> Iterator[_Layer]:
    return (_Layer(before, after, 1) for before, after in pairwise(widths))


def _alexnet(shape: Shape, reduction: int) -> Iterator[_Layer]:
    before, height, width = shape.channels, shape.height, shape.width
    for channels in ALEXNET_CHANNELS:
        after = channels // reduction
        yield _Layer(25 * before, after, height * width)
        before, height, width = after, _halved(height), _halved(width)
    hidden = (units // reduction for units in ALEXNET_HIDDEN)
    yield from _connected(before * height * width, *hidden, shape.classes)


def _inception(shape: Shape, reduction: int) -> Iterator[_Layer]:
    before, height, width = INCEPTION_STEM // reduction, shape.height, shape.width
    yield _Layer(9 * shape.channels, before, height * width)
    for block in INCEPTION_BLOCKS:
        if isinstance(block, tuple):
            beside, threes = (channels // reduction for channels in block)
            yield _Layer(before, beside, height * width)
        else:
            beside, threes = before, block // reduction
            height, width = _halved(height), _halved(width)
        yield _Layer(9 * before, threes, height * width)
        before = beside + threes
    yield from _connected(before, shape.classes)


def _halved(side: int) -> int:
    """Return the pixels left along a side by a stride of 2 with padding."""
    return -(-side // 2)
