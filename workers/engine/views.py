"""Augmentation: how a model sees an example in one epoch, drawn with a seed of its own."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from backend.statistics.seeds import Purpose, generator


@dataclass(frozen=True)
class Views:
    """How one model sees each example of the full set in one epoch.

    offsets: (n, 2) where the crop starts, 0 .. 2 padding, vertically and horizontally; flips: (n,) mirrored;
    turns: (n, 2) cosine and sine of the angle by which images turn counterclockwise.
    """

    offsets: npt.NDArray[np.int64]
    flips: npt.NDArray[np.bool_]
    turns: npt.NDArray[np.float32]


@dataclass(frozen=True)
class BatchViews:
    """Views of a batch (K, B) on a device; `turns` is None where nothing rotates."""

    offsets: torch.Tensor
    flips: torch.Tensor
    turns: torch.Tensor | None = None


def draw_views(
    seed: int, model: int, epoch: int, examples: int, padding: int, *, flip: bool, rotation: float = 0.0
) -> Views:
    """Draw crops, flips and rotations by up to that many degrees for all examples of the full set.

    Whichever of them the model trains on changes nothing.
    """
    rng = generator(seed, Purpose.AUGMENTATION, model, epoch)
    offsets = rng.integers(0, 2 * padding + 1, (examples, 2))
    flips = rng.integers(0, 2, examples).astype(bool)
    angles = np.deg2rad(rng.uniform(-rotation, rotation, examples))
    turns = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    return Views(offsets, flips if flip else np.zeros_like(flips), turns)


def seen_through(images: torch.Tensor, views: BatchViews, padding: int, border: int = 0) -> torch.Tensor:
    """Return what is seen (K, B, C, H - 2 border, W - 2 border) of images (K, B, C, H, W).

    They are rotated, cut out at the offsets and mirrored. Crops that move by up to `padding` pixels from the
    center reach into the border, and beyond it into black.
    """
    flat = images.flatten(0, 1)
    if views.turns is not None:
        flat = _rotated(flat, views.turns.flatten(0, 1))
    missing, spare = max(padding - border, 0), max(border - padding, 0)
    height, width = (size - 2 * border for size in images.shape[-2:])
    flat = functional.pad(flat, (missing,) * 4)
    down, across = (torch.arange(size, device=images.device) for size in (height, width))
    start = views.offsets.flatten(0, 1) + spare
    columns = torch.where(views.flips.flatten()[:, None], across.flip(0), across) + start[:, 1:]
    rows = down + start[:, :1]
    examples = torch.arange(len(flat), device=images.device)[:, None, None]
    # Advanced indices around a slice put the channels last; convolutions on a CPU want them so anyway.
    seen = flat[examples, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return seen.reshape(*images.shape[:3], height, width)


def _rotated(images: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Return images (m, C, H, W) turned around their centers, between pixels bilinearly, in black.

    The grid is made of products and sums of single numbers: bits then depend on no other image.
    """
    images = images.to(turns.dtype)
    height, width = images.shape[-2:]
    y, x = (torch.arange(size, device=images.device) - (size - 1) / 2 for size in (height, width))
    y, x = y[:, None], x[None, :]
    cosine, sine = (turn[:, None, None] for turn in turns.unbind(1))
    across, down = cosine * x - sine * y, sine * x + cosine * y
    # Where an axis runs from -1 to 1 between the outer edges of its pixels
    grid = torch.stack([across * (2 / width), down * (2 / height)], dim=-1)
    return functional.grid_sample(images, grid, align_corners=False)
