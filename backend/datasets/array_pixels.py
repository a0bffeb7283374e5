"""Arrays of numbers as pictures: where their channels lie, which values are black and white, and the pixels.

What numbers mean is taken only where there is one way to read them, and said; else it is asked.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.errors import Choice, ChoiceError, Option
from backend.datasets.archive import MAX_FILES, refused
from backend.datasets.inspection import MAX_SIDE
from backend.datasets.npy import ArrayFile, Numbers
from backend.datasets.treatment import Channels, Scale

Pixels = npt.NDArray[np.uint8]

_WHITES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)  # that cameras and scanners have
_NEARLY = 0.9  # of the range that floats use where it is clear which one is meant
_HALF = 0.5
_GRAY, _COLOR = 1, 3


@dataclass(frozen=True)
class Layout:
    """How a row of an array is a picture: of so many pixels and channels, where these come first or last."""

    height: int
    width: int
    channels: int
    first: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The form of a picture here."""
        size = (self.height, self.width)
        return (*size, _COLOR) if self.channels == _COLOR else size

    def pictures(self, rows: Numbers) -> Numbers:
        """Return rows as pictures, (n, height, width) or (n, height, width, 3)."""
        if self.channels == _COLOR and self.first:
            return rows.reshape(len(rows), _COLOR, self.height, self.width).transpose(0, 2, 3, 1)
        return rows.reshape(len(rows), *self.shape)


def layout_of(array: ArrayFile, channels: Channels | None) -> tuple[Layout, str | None]:
    """Return how the rows of an array are pictures, and what there is to say of it.

    ChoiceError where channels may come first or last; InvalidError says what is wrong with its shape.
    """
    name, shape = array.name, array.shape
    short = name.rpartition("/")[2]
    if array.dtype.kind not in "iufb":
        raise refused(f"{name}: must be numbers, not {array.dtype}.")
    if min(shape) == 0:
        raise refused(f"{name}: {shape} is empty.")
    if shape[0] > MAX_FILES:
        raise refused(f"{name}: holds {shape[0]:,} images; at most {MAX_FILES:,} can be taken.")
    layouts = possible_layouts(shape[1:])
    if not layouts:
        raise refused(f"{name}: {_no_picture(shape, short)}")
    chosen = layouts[0]
    if len(layouts) > 1:
        if channels is None:
            raise _which_channels(name, shape, layouts)
        chosen = next(layout for layout in layouts if layout.first == (channels is Channels.FIRST))
    if max(chosen.height, chosen.width) > MAX_SIDE:
        raise refused(f"{name}: {shape} is larger than {MAX_SIDE} pixels a side; scale the pictures down.")
    size = f"{chosen.height} x {chosen.width} pixels"
    if len(shape) == 2:
        order = ", channel after channel" if chosen.first else ", the channels of a pixel side by side"
        return chosen, (
            f"{name}: rows of {shape[1]:,} numbers were read as {size}, row after row"
            f"{order if chosen.channels == _COLOR else ', gray'}."
        )
    if chosen.first and chosen.channels == _COLOR:
        return chosen, f"{name}: {shape} was read with channels first, as {size} in color."
    return chosen, None


def possible_layouts(shape: Sequence[int]) -> list[Layout]:
    """Return the ways in which numbers of that shape are one picture."""
    if len(shape) == 1:
        (width,) = shape
        if isqrt(width) ** 2 == width:
            return [Layout(isqrt(width), isqrt(width), _GRAY)]
        side = isqrt(width // _COLOR)
        if width == _COLOR * side * side:
            return [Layout(side, side, _COLOR, first) for first in (True, False)]
        return []
    if len(shape) == 2:
        return [Layout(shape[0], shape[1], _GRAY)]
    if len(shape) != 3:
        return []
    found = []
    if shape[2] in (_GRAY, _COLOR):
        found.append(Layout(shape[0], shape[1], shape[2]))
    if shape[0] in (_GRAY, _COLOR):
        found.append(Layout(shape[1], shape[2], shape[0], first=True))
    alike = len(found) == 2 and found[0].channels == found[1].channels == _GRAY and min(shape[:2]) == 1
    return found[:1] if alike and found[0].shape == found[1].shape else found


def _no_picture(shape: Sequence[int], short: str) -> str:
    if len(shape) == 2:
        return (
            f"must be (n, height, width), not {tuple(shape)}, and {shape[1]:,} numbers are no square. Say"
            " what a"
            f" row is: {short}.reshape(len({short}), height, width)."
        )
    if (len(shape) == 4 and shape[3] == 4) or (len(shape) == 4 and shape[1] == 4):
        color = f"{short}[..., :3]" if shape[3] == 4 else f"{short}[:, :3]"
        return (
            f"must be (n, height, width) or (n, height, width, 3), not {tuple(shape)}. If the fourth"
            " channel is how"
            f" opaque pixels are, lay them on a color, or drop it: {color}."
        )
    hint = ""
    if len(shape) == 4 and shape[2] in (_GRAY, _COLOR):
        hint = f" If its last axis counts the pictures: numpy.moveaxis({short}, -1, 0)."
    elif len(shape) == 4:
        hint = f" Volumes are no pictures: take one slice of each, such as {short}[:, {shape[1] // 2}]."
    elif len(shape) < 2:
        hint = " One number for each picture is none."
    return f"must be (n, height, width) or (n, height, width, 3), not {tuple(shape)}.{hint}"


def _which_channels(name: str, shape: Sequence[int], layouts: Sequence[Layout]) -> ChoiceError:
    words = {
        True: "First: one channel of the picture after the other, as CIFAR and PyTorch have them",
        False: "Last: the channels of each pixel side by side, as Pillow and Keras have them",
    }
    options = tuple(
        Option(
            (Channels.FIRST if layout.first else Channels.LAST).value,
            f"{words[layout.first]}: {layout.height} x {layout.width} pixels"
            f" {'in color' if layout.channels == _COLOR else 'in gray'}",
        )
        for layout in sorted(layouts, key=lambda layout: not layout.first)
    )
    return ChoiceError(
        f"{name}: {tuple(shape)} may have its channels first or last. Choose one (channels=first or"
        " channels=last).",
        Choice("channels", f"Where are the channels of {name}?", options),
    )


# --- values ---


@dataclass(frozen=True)
class _Range:
    """What the numbers of an array are like."""

    name: str
    dtype: np.dtype[np.generic]
    low: float
    high: float


def scale_of(
    archive: zipfile.ZipFile, arrays: Sequence[ArrayFile], scale: Scale | None
) -> tuple[float, float, str | None]:
    """Return the values that become black and white in all arrays, and what there is to say of it.

    Every number is looked at. ChoiceError where it is not clear what they mean; InvalidError names the first
    that is none, and arrays that do not go together.
    """
    ranges = [_range_of(archive, array) for array in arrays]
    low, high = min(each.low for each in ranges), max(each.high for each in ranges)
    if scale is not None:
        chosen = _chosen(scale, low, high)
        return (*chosen, f"As chosen, {chosen[0]:,.6g} became black and {chosen[1]:,.6g} white.")
    own = [_usual(each) for each in ranges]
    for one, found in zip(ranges[1:], own[1:], strict=True):
        if found != own[0] and (one.dtype.kind == "f") != (ranges[0].dtype.kind == "f"):
            raise _unlike(ranges[0], one)
        if None not in (own[0], found) and 1.0 in (own[0][1], found[1]) and found[1] != own[0][1]:  # type: ignore[index]
            raise _unlike(ranges[0], one)
    whole = _usual(_Range(ranges[0].name, _widest(ranges), low, high))
    if whole is None:
        raise _which_scale(arrays, low, high)
    names = " and ".join(array.name for array in arrays)
    kinds = " and ".join(dict.fromkeys(str(each.dtype) for each in ranges))
    if kinds == "uint8" and whole == (0.0, 255.0):
        dark = f"{names}: no pixel is brighter than {high:g} of 255." if high < 64 else None
        return (*whole, dark)
    if kinds == "bool":
        return (*whole, f"{names}: false became black, true white.")
    rounded = "; fractions were rounded" if whole == (0.0, 255.0) and "float" in kinds else ""
    return (
        *whole,
        f"{names}: {kinds} from {low:,.6g} to {high:,.6g}; {whole[0]:,.6g} became black, {whole[1]:,.6g}"
        f" white{rounded}.",
    )


def _widest(ranges: Sequence[_Range]) -> np.dtype[np.generic]:
    return np.result_type(*(each.dtype for each in ranges))


def _range_of(archive: zipfile.ZipFile, array: ArrayFile) -> _Range:
    low, high, start = inf, -inf, 0
    for part in array.parts(archive):
        if array.dtype.kind == "f" and not np.isfinite(part).all():
            row = start + int(np.flatnonzero(~np.isfinite(part).reshape(len(part), -1).all(axis=1))[0])
            raise refused(
                f"{array.name}: picture {row} has pixels that are not finite numbers (NaN or infinite)."
            )
        low, high = min(low, float(part.min())), max(high, float(part.max()))
        start += len(part)
    return _Range(array.name, array.dtype, low, high)


def _usual(seen: _Range) -> tuple[float, float] | None:
    """Return the values of black and white where the range of numbers leaves no doubt, else None."""
    kind, low, high = seen.dtype.kind, seen.low, seen.high
    usual = (
        (kind == "b" or (low == 0 and high == 1), (0.0, 1.0)),
        (seen.dtype == np.uint8, (0.0, 255.0)),
        (kind == "f" and low >= 0 and _HALF < high <= 1, (0.0, 1.0)),
        (-1 <= low <= -_NEARLY and _NEARLY <= high <= 1, (-1.0, 1.0)),
        (low >= 0 and 127 < high <= 255, (0.0, 255.0)),
    )
    for fits, found in usual:
        if fits:
            return found
    white = next((white for white in _WHITES if high <= white), None)
    return (0.0, white) if low >= 0 and kind in "iu" and high > 255 and white is not None else None


def _unlike(one: _Range, other: _Range) -> Exception:
    return refused(
        f"{one.name} is {one.dtype} from {one.low:,.6g} to {one.high:,.6g} and {other.name} {other.dtype}"
        " from"
        f" {other.low:,.6g} to {other.high:,.6g}; bring both to the same values, such as uint8 from 0 to 255."
    )


def _chosen(scale: Scale, low: float, high: float) -> tuple[float, float]:
    known = {Scale.BYTES: (0.0, 255.0), Scale.UNIT: (0.0, 1.0), Scale.SIGNED: (-1.0, 1.0)}
    black, white = known.get(scale, (low, high if high > low else low + 1))
    if low < black or high > white:
        raise refused(
            f"Numbers go from {low:,.6g} to {high:,.6g}, so they cannot be read as {black:g} to {white:g};"
            " choose"
            " scale=spread, or save them as uint8 from 0 to 255."
        )
    return black, white


def _which_scale(arrays: Sequence[ArrayFile], low: float, high: float) -> ChoiceError:
    names = " and ".join(array.name for array in arrays)
    options = [
        Option(scale.value, f"{words}: {black} is black, {white} is white")
        for scale, words, black, white in (
            (Scale.UNIT, "Fractions", 0, 1),
            (Scale.SIGNED, "Around zero", -1, 1),
            (Scale.BYTES, "Bytes", 0, 255),
        )
        if low >= black and high <= white
    ]
    spread = Option(Scale.SPREAD.value, f"Spread: {low:,.6g} is black, {high:,.6g} is white")
    found = " or ".join(f"scale={option.value}" for option in (*options, spread))
    return ChoiceError(
        f"{names}: numbers from {low:,.6g} to {high:,.6g} do not say which are black and white. Choose"
        f" ({found}),"
        " or save them as uint8 from 0 to 255.",
        Choice(
            "scale",
            f"Pixels go from {low:,.6g} to {high:,.6g}. Which are black and white?",
            (*options, spread),
        ),
    )


def to_pixels(rows: Numbers, layout: Layout, low: float, high: float) -> Pixels:
    """Return rows of numbers as pictures of bytes, (n, height, width) or (n, height, width, 3)."""
    found = layout.pictures(rows)
    if rows.dtype == np.uint8 and (low, high) == (0, 255):
        return found
    wide = np.float64 if rows.dtype.itemsize > np.dtype(np.float32).itemsize else np.float32
    scaled: npt.NDArray[np.floating[Any]] = found.astype(wide)
    scaled -= low
    scaled *= 255 / (high - low)
    pixels: Pixels = np.clip(np.rint(scaled, out=scaled), 0, 255, out=scaled).astype(np.uint8)
    return pixels
