"""Small convolutional networks by width, and He et al.'s residual networks for CIFAR by depth.

Each class holds `models` networks side by side, which share nothing: they map images (m, models * channels,
height, width) to logits (m, models * classes), and all parameters have one network's shape times `models`
along the first axis.
"""

import torch
from torch import nn
from torch.nn import functional

from workers.models.linear import GroupedLinear

RESNET_CHANNELS = (16, 32, 64)


class SmallCNN(nn.Module):
    """Three 3 x 3 convolutions of w, 2w and 4w channels with batch normalization, then a linear layer.

    Average pooling halves the image after the first and second.
    """

    def __init__(self, channels: int, width: int, classes: int, *, models: int = 1) -> None:
        super().__init__()
        widths = (width, 2 * width, 4 * width)
        self.convolutions = nn.ModuleList(
            _convolution(before, after, models)
            for before, after in zip((channels, *widths), widths, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(models * w) for w in widths)
        self.head = GroupedLinear(widths[-1], classes, models)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits of all models."""
        for number, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            if number:
                x = functional.avg_pool2d(x, 2)
            x = functional.relu(norm(convolution(x)))
        return self.head(x.mean(dim=(2, 3)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    """Two convolutions around a shortcut without parameters (He et al. 2016, section 4.2, option A)."""

    def __init__(self, before: int, after: int, models: int) -> None:
        super().__init__()
        self.stride = 1 if before == after else 2
        self.first = _convolution(before, after, models, self.stride)
        self.first_norm = nn.BatchNorm2d(models * after)
        self.second = _convolution(after, after, models)
        self.second_norm = nn.BatchNorm2d(models * after)
        self._models = models
        self._added = after - before

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = functional.relu(self.first_norm(self.first(x)))
        out = self.second_norm(self.second(out))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        if self._added:
            half = self._added // 2
            of_each = shortcut.unflatten(1, (self._models, -1))
            shortcut = functional.pad(of_each, (0, 0, 0, 0, half, self._added - half)).flatten(1, 2)
        return functional.relu(out + shortcut)


class CifarResNet(nn.Module):
    """ResNet of depth 6n + 2 with 16, 32 and 64 channels (He et al. 2016, section 4.2)."""

    def __init__(self, channels: int, depth: int, classes: int, *, models: int = 1) -> None:
        super().__init__()
        if depth < 8 or depth % 6 != 2:
            raise ValueError(f"the depth of a CIFAR ResNet is 6n + 2 (8, 14, 20, 32, ...), got {depth}")
        self.stem = _convolution(channels, RESNET_CHANNELS[0], models)
        self.stem_norm = nn.BatchNorm2d(models * RESNET_CHANNELS[0])
        blocks: list[nn.Module] = []
        before = RESNET_CHANNELS[0]
        for after in RESNET_CHANNELS:
            for _ in range((depth - 2) // 6):
                blocks.append(_Block(before, after, models))
                before = after
        self.blocks = nn.Sequential(*blocks)
        self.head = GroupedLinear(before, classes, models)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits of all models."""
        x = functional.relu(self.stem_norm(self.stem(x)))
        return self.head(self.blocks(x).mean(dim=(2, 3)))  # type: ignore[no-any-return]


def _convolution(before: int, after: int, models: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(models * before, models * after, 3, stride=stride, padding=1, bias=False, groups=models)
