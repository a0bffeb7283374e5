"""Families of models for the engine: their back ends, and the form in which they take images."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from backend.datasets.base import Shape
from backend.datasets.examples import Examples
from backend.networks.ladders import ROUNDED_FROM, Family, hidden_layers
from workers.engine.choice import BackEnds
from workers.engine.data import Split
from workers.engine.modules import ModuleBuilder
from workers.models.convolutional import CifarResNet, SmallCNN
from workers.models.mlp import MLPBuilder

PERCEPTRONS = (Family.MLP_WIDTH, Family.MLP_DEPTH)
GROUPS = (8, 32)  # models that share the kernels of a grouped convolution
CONVOLUTIONAL = {Family.CNN_WIDTH: SmallCNN, Family.RESNET_DEPTH: CifarResNet}


def back_ends(family: Family, size: int, shape: Shape, layers: int, units: int) -> BackEnds:
    """Return what can train that size of a family on images of that shape, the usual choice first."""
    if family in CONVOLUTIONAL:
        return by_autograd(CONVOLUTIONAL[family], (shape.channels, size, shape.classes))
    hidden = hidden_layers(family, size, layers, units)
    return (("batched matmul", MLPBuilder(shape.features, hidden, shape.classes)),)


def by_autograd(make: Callable[..., nn.Module], arguments: tuple[int, ...]) -> BackEnds:
    """Return the back ends of the convolutional networks make(*arguments, models=g), the usual one first."""
    return (
        ("one by one", ModuleBuilder(make, arguments)),
        *((f"groups of {g}", ModuleBuilder(make, arguments, g)) for g in GROUPS),
    )


def split_for(family: Family, examples: Examples) -> Split:
    """Return images, channels first, to be standardized by each channel's mean and deviation."""
    shape = examples.shape
    images = examples.images.reshape(-1, shape.height, shape.width, shape.channels)
    return standardized(images, examples.given, examples, flat=family in PERCEPTRONS)


def standardized(
    images: npt.NDArray[np.uint8], given: npt.NDArray[np.int64], examples: Examples, *, flat: bool
) -> Split:
    """Return what models see of the examples: images (n, height, width, channels) with labels (n_train,).

    They are to be standardized by each channel's mean and deviation over all training pixels.
    """
    n, (mean, sd) = examples.n_train, examples.moments
    x = images.transpose(0, 3, 1, 2)
    return Split(
        x=x[:n],
        y=given,
        x_test=x[n:],
        y_test=examples.labels[n:],
        classes=len(examples.classes),
        mean=mean[:, None, None],
        sd=np.where(sd > 0, sd, 1.0)[:, None, None],
        flat=flat,
    )


def precision(asked: str, multiply_adds: int, device: torch.device) -> torch.dtype:
    """Return the type of products: "auto" rounds those of large models where the hardware multiplies so."""
    if asked == "auto":
        asked = "bfloat16" if multiply_adds >= ROUNDED_FROM and _multiplies_bfloat16(device) else "float32"
    return torch.bfloat16 if asked == "bfloat16" else torch.float32


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())
