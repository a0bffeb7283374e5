"""Zhang et al.'s networks for the engine: their back ends, and whether they take images or rows."""

from backend.datasets.base import Shape
from backend.networks.architectures import MLP_HIDDEN, Architecture, check, has_norm, is_convolutional
from workers.engine.choice import BackEnds
from workers.models.alexnet import SmallAlexNet
from workers.models.inception import SmallInception
from workers.models.mlp import MLPBuilder
from workers.networks.families import by_autograd


def is_flat(architecture: Architecture) -> bool:
    """Return whether its models take each example as one row of numbers."""
    return not is_convolutional(architecture)


def back_ends(architecture: Architecture, shape: Shape, reduction: int = 1, dropout: float = 0.0) -> BackEnds:
    """Return what can train it on images of that shape, the usual choice first.

    ValueError if the images are too small, or for dropout in a convolutional network.
    """
    check(architecture, shape)
    if architecture in MLP_HIDDEN:
        hidden = MLP_HIDDEN[architecture]
        return (("batched matmul", MLPBuilder(shape.features, hidden, shape.classes, dropout)),)
    if dropout > 0:
        raise ValueError(f"only perceptrons have dropout, got {dropout} for {architecture}")
    if architecture is Architecture.ALEXNET:
        arguments = (shape.channels, shape.height, shape.width, shape.classes, reduction)
        return by_autograd(SmallAlexNet, arguments)
    return by_autograd(SmallInception, (shape.channels, shape.classes, reduction, has_norm(architecture)))
