"""The small Inception of Zhang et al. (2017, figure 3), several of them side by side."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from workers.models.linear import GroupedLinear

STEM = 96
# A pair: channels of a 1 x 1 and a 3 x 3 convolution. A number: those of a 3 x 3 convolution with stride 2.
BLOCKS: tuple[tuple[int, int] | int, ...] = (
    *((32, 32), (32, 48), 80),
    *((112, 48), (96, 64), (80, 80), (48, 96), 96),
    *((176, 160), (176, 160)),
)


class SmallInception(nn.Module):
    """A 3 x 3 convolution, ten blocks of two branches each, the mean over all pixels, and a linear layer.

    `models` networks that share nothing map images (m, models * channels, height, width) to logits
    (m, models * classes); all parameters have one network's shape times `models` along the first axis. The
    `reduction` divides all widths; `normalized`: with batch norm behind every convolution.
    """

    def __init__(
        self, channels: int, classes: int, reduction: int = 1, normalized: bool = True, *, models: int = 1
    ) -> None:
        super().__init__()
        before = STEM // reduction
        self.stem = _Convolution(channels, before, 3, models, normalized)
        blocks: list[nn.Module] = []
        for block in BLOCKS:
            if isinstance(block, tuple):
                ones, threes = (width // reduction for width in block)
                blocks.append(_Mixed(before, ones, threes, models, normalized))
                before = ones + threes
            else:
                threes = block // reduction
                blocks.append(_Halving(before, threes, models, normalized))
                before += threes
        self.blocks = nn.Sequential(*blocks)
        self.head = GroupedLinear(before, classes, models)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits of all models."""
        return self.head(self.blocks(self.stem(x)).mean(dim=(2, 3)))  # type: ignore[no-any-return]


class _Convolution(nn.Module):
    """A convolution, batch norm where wanted, and ReLU."""

    def __init__(
        self, before: int, after: int, side: int, models: int, normalized: bool, stride: int = 1
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            models * before, models * after, side, stride=stride, padding=side // 2, groups=models
        )
        self.norm = nn.BatchNorm2d(models * after) if normalized else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.norm(self.convolution(x)))


class _Mixed(nn.Module):
    """A 1 x 1 and a 3 x 3 convolution side by side."""

    def __init__(self, before: int, ones: int, threes: int, models: int, normalized: bool) -> None:
        super().__init__()
        self.ones = _Convolution(before, ones, 1, models, normalized)
        self.threes = _Convolution(before, threes, 3, models, normalized)
        self._models = models

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _joined((self.ones(x), self.threes(x)), self._models)


class _Halving(nn.Module):
    """A 3 x 3 convolution and 3 x 3 max-pooling side by side, both with stride 2."""

    def __init__(self, before: int, threes: int, models: int, normalized: bool) -> None:
        super().__init__()
        self.threes = _Convolution(before, threes, 3, models, normalized, stride=2)
        self._models = models

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _joined((self.threes(x), functional.max_pool2d(x, 3, stride=2, padding=1)), self._models)


def _joined(branches: Sequence[torch.Tensor], models: int) -> torch.Tensor:
    """Return the channels of all branches, model by model; slices keep the layout of the branches."""
    of_models = zip(*(branch.chunk(models, dim=1) for branch in branches), strict=True)
    return torch.cat([part for parts in of_models for part in parts], dim=1)
