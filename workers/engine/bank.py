"""What the engine asks of a family of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch


@dataclass(frozen=True)
class Update:
    """One update of stochastic gradient descent, in the terms of torch.optim.SGD."""

    rate: float
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0


@dataclass(frozen=True)
class SoftTargets:
    """What a teacher says of a batch: `probabilities` (K, B, classes) of its logits over the temperature T.

    With them the loss is (1 - w) CE(y) + w T^2 KL(probabilities, softmax(z / T)) of `weight` w and a model's
    logits z (Hinton, Vinyals & Dean 2015, section 2): T^2 keeps gradients as large at any temperature.
    """

    probabilities: torch.Tensor
    temperature: float
    weight: float


class ModelBank(Protocol):
    """K models of one shape that are trained side by side and never share anything but the data."""

    def step(self, x: torch.Tensor, y: torch.Tensor, update: Update, soft: SoftTargets | None = None) -> None:
        """Take one step of SGD on each model's own batch: x (K, B, ...), y (K, B) int64.

        Without `soft` targets the loss is the cross-entropy of the labels y.
        """

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for the same m examples x (m, ...) in every model."""

    def own_logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return (K, m, classes) for m examples of each model's own, x (K, m, ...)."""

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Return what goes into the last layers, (K, m, d), for the same m examples x (m, ...)."""

    def layers(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return what goes into every layer behind the first, (K, m, d) each, for the same m examples x.

        Maps are averaged to at most 4 x 4 places.
        """

    def last_norms(self) -> torch.Tensor:
        """Return the norm of each model's weights in its last layer, without biases, (K,) float64."""

    def keep(self, models: Sequence[int]) -> None:
        """Go on with those of the K models alone, by their places in ascending order; no bit changes."""


class BankBuilder(Protocol):
    """Makes a bank with one model per generator; model k draws its weights from generator k alone."""

    def __call__(
        self, generators: Sequence[np.random.Generator], device: torch.device, dtype: torch.dtype
    ) -> ModelBank:
        """Draw the initial weights of all models."""
