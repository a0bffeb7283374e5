"""The small AlexNet of Zhang et al. (2017), several of them side by side."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from workers.models.linear import GroupedLinear

CHANNELS, HIDDEN = (64, 64), (384, 192)
NEIGHBORS, ALPHA, BETA = 9, 1e-3, 0.75  # of local response norm


class SmallAlexNet(nn.Module):
    """Two times: 5 x 5 convolution, 3 x 3 max-pooling with stride 2, local response norm; then linear layers.

    `models` networks that share nothing map images (m, models * channels, height, width) to logits
    (m, models * classes); all parameters have one network's shape times `models` along the first axis. The
    `reduction` divides all widths.
    """

    def __init__(
        self, channels: int, height: int, width: int, classes: int, reduction: int = 1, *, models: int = 1
    ) -> None:
        super().__init__()
        widths = (channels, *(after // reduction for after in CHANNELS))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(models * before, models * after, 5, padding=2, groups=models)
            for before, after in pairwise(widths)
        )
        self.norms = nn.ModuleList(LocalResponseNorm(after) for after in widths[1:])
        for _ in widths[1:]:
            height, width = -(-height // 2), -(-width // 2)
        hidden = (units // reduction for units in HIDDEN)
        units = (widths[-1] * height * width, *hidden, classes)
        self.linear = nn.ModuleList(GroupedLinear(*shape, models) for shape in pairwise(units))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits of all models."""
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = norm(functional.max_pool2d(functional.relu(convolution(x)), 3, stride=2, padding=1))
        x = x.flatten(1)  # channels come before pixels, so each model's numbers stay together
        for layer in self.linear[:-1]:
            x = functional.relu(layer(x))
        return self.linear[-1](x)  # type: ignore[no-any-return]


class LocalResponseNorm(nn.Module):
    """torch.nn.LocalResponseNorm over the channels of each model (Krizhevsky et al. 2012, section 3.3).

    Zhang et al. do not state its constants; these are the ones of TensorFlow's network for CIFAR-10 with the
    same layers. Neighbors are summed by a product with a band of ones, which is much faster than torch's
    pooling. Like batch norm it is not rounded: 1 + alpha x^2 is 1 in bfloat16.
    """

    band: torch.Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        places = torch.arange(channels)
        near = (places[:, None] - places).abs() <= NEIGHBORS // 2
        self.register_buffer("band", near.to(torch.get_default_dtype()), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return each response divided by a power of its neighbors' mean square."""
        numbers: torch.Tensor = x.movedim(1, -1).unflatten(-1, (-1, len(self.band))).to(self.band.dtype)
        divisors = (numbers.square() @ self.band).mul_(ALPHA / NEIGHBORS).add_(1).pow(BETA)
        return (numbers / divisors).to(x.dtype).flatten(-2).movedim(-1, 1)
