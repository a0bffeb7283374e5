"""A data set on a device: pixels once as they are stored, inputs made for each batch."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from workers.engine.views import BatchViews, seen_through

MADE_BYTES = 256 * 2**20  # inputs that are made once and kept, beside the pixels
MADE_AT_ONCE = 4096  # examples


@dataclass(frozen=True)
class Split:
    """Inputs (n, ...) and labels (n,) as indices of the train and the test set.

    Models see (x - mean) / sd, where both must broadcast to one example; uint8 pixels stay uint8 until a
    batch is made of them. `flat` turns each example into one row of numbers, after any augmentation.
    """

    x: npt.NDArray[Any]
    y: npt.NDArray[np.int64]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[np.int64]
    classes: int
    mean: float | npt.NDArray[np.float64] = 0.0
    sd: float | npt.NDArray[np.float64] = 1.0
    flat: bool = False

    @property
    def seen_shape(self) -> tuple[int, ...]:
        """The shape in which models see one example."""
        shape = self.x.shape[1:]
        return (math.prod(shape),) if self.flat else shape


class DeviceData:
    """A split on a device; one copy serves all models and lanes. `labels` are the training set's (n,).

    Inputs that are not to be `augmented` are made once where they take little memory, else for each batch.
    """

    def __init__(
        self, split: Split, device: torch.device, dtype: torch.dtype, *, augmented: bool = False
    ) -> None:
        self.split = split
        self.device = device
        self.dtype = dtype
        self._exact = torch.float64 if dtype is torch.float64 else torch.float32
        self._x, self._x_test = (
            torch.as_tensor(np.array(part)).to(device) for part in (split.x, split.x_test)
        )
        self.labels = torch.as_tensor(split.y).to(device)
        self._mean, self._sd = (torch.as_tensor(v).to(device, self._exact) for v in (split.mean, split.sd))
        self._made: torch.Tensor | None = None
        if not augmented and self._x.numel() * dtype.itemsize <= MADE_BYTES:
            self._made = torch.cat([self.inputs(part) for part in self._x.split(MADE_AT_ONCE)])

    def batch(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return inputs (K, B, ...) and labels (K, B) of the training examples `indices` (K, B)."""
        rows = indices.flatten()
        x = (self._x if self._made is None else self._made).index_select(0, rows)
        x = x.unflatten(0, indices.shape)
        y = self.labels.index_select(0, rows).unflatten(0, indices.shape)
        return (self.inputs(x) if self._made is None else x), y

    def augmented(
        self, indices: torch.Tensor, views: BatchViews, padding: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what `batch` does, of images in black borders seen through crops, flips and rotations."""
        return self.inputs(seen_through(self._x[indices], views, padding)), self.labels[indices]

    def chunks(self, size: int, *, test: bool) -> Iterator[torch.Tensor]:
        """Yield what models see of the training or test set, in parts of that many examples."""
        if self._made is not None and not test:
            yield from self._made.split(size)
        else:
            yield from (self.inputs(part) for part in (self._x_test if test else self._x).split(size))

    def inputs(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return what the models see of pixels (..., *example)."""
        seen = ((pixels.to(self._exact) - self._mean) / self._sd).to(self.dtype)
        return seen.flatten(-len(self.split.x.shape[1:])) if self.split.flat else seen
