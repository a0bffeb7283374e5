"""Linear layers of several networks side by side: what grouped convolutions are, for rows of numbers."""

import torch
from torch import nn


class GroupedLinear(nn.Linear):
    """A linear layer of each model, from (m, models * features) to (m, models * outputs)."""

    def __init__(self, features: int, outputs: int, models: int) -> None:
        super().__init__(features, models * outputs)
        self._models = models

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return each model's products of its own features."""
        if self._models == 1:
            return super().forward(x)
        inputs = x.unflatten(1, (self._models, -1)).transpose(0, 1)
        weights = self.weight.unflatten(0, (self._models, -1))
        products = torch.bmm(inputs, weights.mT)
        return products.transpose(0, 1).flatten(1, 2) + self.bias
