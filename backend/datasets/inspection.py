"""The pictures of an upload, looked at by their headers before any is taken: all faults at once.

What is decided for all of them, such as the color behind transparent parts, is decided here, so that the
answer to an upload already says it.
"""

import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from PIL import Image

from backend.core.errors import InvalidError
from backend.datasets.faults import Faults
from backend.datasets.pictures import Header, brightness, open_picture, values
from backend.datasets.treatment import (
    BLACK,
    WHITE,
    Background,
    Choices,
    Fit,
    Frames,
    Orientation,
    Treatment,
)

MAX_SIDE = 1024  # pixels
SAMPLED = 2000  # transparent pictures that decide about the color behind all of them

_PROPOSED_SIDES = (16, 24, 28, 32, 48, 64, 96, 128)
_SQUARE = 1.1  # of a picture's sides; beyond, stretching to a square would show
_SCALES = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)  # whites that cameras and scanners have
_NAMED = 5  # files in one fault


@dataclass
class _Seen:
    """What the headers of all pictures add up to."""

    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    first: dict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    animated: list[str] = field(default_factory=list)
    modes: Counter[str] = field(default_factory=Counter)
    gray: bool = True  # all of them
    grays: int = 0
    turned: int = 0
    obeyed: int = 0
    wide: int = 0
    several: int = 0  # files of one scene taken several times
    deep: int = 0
    low: float = inf
    high: float = -inf
    transparent: int = 0
    through: int = 0  # pictures with an alpha channel that lets something through, of those looked at
    bright: float = 0.0  # of what transparent pictures show, summed over pixels, and how opaque it is
    opacity: float = 0.0


def inspect(
    archive: zipfile.ZipFile, files: Sequence[tuple[str, str]], choices: Choices, faults: Faults
) -> tuple[Treatment, list[str]] | None:
    """Look at pictures, (path in the archive, name) each; return what is done with them, and say it.

    None, and faults, if something must be put right or chosen first.
    """
    seen = _Seen()
    for path, name in files:
        try:
            image, header = open_picture(archive, path, name)
            if header.deep:
                _look_at_range(image, name, seen)
            elif header.transparent:
                _look_through(image, seen, len(files))
        except InvalidError as error:
            faults.take(error, name)
        except Exception as error:  # whatever a decoder of hostile bytes stumbles over
            faults.add(f"{name!r} is broken: {error}.", name)
        else:
            _add(seen, header, name, choices)
    size = _size(seen, choices, faults)
    _check(seen, choices, faults)
    if size is None or faults:
        return None
    low, high = _range(seen)
    treatment = Treatment(
        width=size[0],
        height=size[1],
        color=not seen.gray,
        fit=choices.fit,
        turned=choices.orientation is Orientation.TURNED,
        background=_background(seen, choices),
        low=low,
        high=high,
    )
    return treatment, _notes(seen, choices, treatment)


def _check(seen: _Seen, choices: Choices, faults: Faults) -> None:
    """Add the faults that only all pictures together show."""
    if seen.animated and choices.frames is None:
        _tell(
            faults,
            seen.animated,
            "is animated; leave it out, or take the first frame (frames=first).",
            "are animated; leave them out, or take their first frames (frames=first).",
            pointer="/query/frames",
            offer={"frames": Frames.FIRST.value},
        )
    if seen.through and not seen.opacity:
        faults.add(
            "The pictures are wholly transparent: nothing of them can be seen. Save them without alpha."
        )


def _look_at_range(image: Image.Image, name: str, seen: _Seen) -> None:
    """Take the least and the greatest value of a picture into account; refuse pixels that have none."""
    numbers = values(image)
    if not np.isfinite(numbers).all():
        raise InvalidError(f"{name!r} has pixels without a number (NaN or infinite); give them one.")
    seen.low = min(seen.low, float(numbers.min()))
    seen.high = max(seen.high, float(numbers.max()))


def _look_through(image: Image.Image, seen: _Seen, count: int) -> None:
    """Take a transparent picture into account, or pass it by where there are many."""
    if seen.transparent % max(count // SAMPLED, 1) == 0:
        visible = brightness(image)
        if visible is not None:
            seen.through += 1
            seen.bright += visible[0]
            seen.opacity += visible[1]
    seen.transparent += 1


def _add(seen: _Seen, header: Header, name: str, choices: Choices) -> None:
    size = header.turned() if choices.orientation is Orientation.TURNED else header.size
    seen.sizes[size] += 1
    if len(seen.first[size]) < _NAMED:
        seen.first[size].append(name)
    if header.animated:
        seen.animated.append(name)
    seen.modes[header.mode] += 1
    seen.gray = seen.gray and header.gray
    seen.grays += header.gray
    seen.turned += header.orientation != 1
    seen.obeyed += header.obeyed
    seen.wide += header.wide
    seen.deep += header.deep
    seen.several += header.kind == "MPO"


def _size(seen: _Seen, choices: Choices, faults: Faults) -> tuple[int, int] | None:
    """Return the size that all pictures have or are brought to; a fault with an offer if there is none."""
    target = choices.target()
    if target is not None:
        if max(target) > MAX_SIDE:
            faults.add(
                f"size: at most {MAX_SIDE:,} pixels a side, not {max(target):,}.", pointer="/query/size"
            )
            return None
        return target
    if not seen.sizes:
        return None
    common, count = max(seen.sizes.items(), key=lambda item: (item[1], item[0]))
    if len(seen.sizes) == 1 and max(common) <= MAX_SIDE:
        return common
    (width, height), fit = _proposal(seen)
    size = f"{width}x{height}" if width != height else str(width)
    if len(seen.sizes) == 1:
        what = f"Pictures are {common[0]} x {common[1]} pixels, at most {MAX_SIDE:,} a side can be used"
    else:
        odd = next(size for size in sorted(seen.sizes, key=seen.sizes.__getitem__) if size != common)
        others = sum(seen.sizes.values()) - count
        what = (
            f"Pictures have {len(seen.sizes):,} sizes: {count:,} are {common[0]} x {common[1]}, {others:,}"
            f" {'is' if others == 1 else 'are'} not, such as {seen.first[odd][0]!r} with {odd[0]} x {odd[1]}"
        )
    chosen = "resize" if fit is Fit.RESIZE else "center-crop"
    faults.add(
        f"{what}. Choose one size, such as size={size}&fit={fit.value} to {chosen} them to {width} x"
        f" {height}.",
        None if len(seen.sizes) == 1 else seen.first[odd][0],
        pointer="/query/size",
        offer={"size": size, "fit": fit.value},
    )
    return None


def _proposal(seen: _Seen) -> tuple[tuple[int, int], Fit]:
    """Return the size most pictures have, else a usual square no larger than their shorter sides."""
    total = sum(seen.sizes.values())
    (common, count) = max(seen.sizes.items(), key=lambda item: (item[1], item[0]))
    if 2 * count > total and max(common) <= max(_PROPOSED_SIDES):
        odd = [size for size in seen.sizes if size != common]
        alike = all(_ratio(size, common) <= _SQUARE for size in odd)
        return common, Fit.RESIZE if alike else Fit.CROP
    sides = np.repeat([min(size) for size in seen.sizes], list(seen.sizes.values()))
    median = int(np.median(sides))
    side = max((side for side in _PROPOSED_SIDES if side <= median), default=max(median, 1))
    square = all(_ratio(size, (1, 1)) <= _SQUARE for size in seen.sizes)
    return (side, side), Fit.RESIZE if square else Fit.CROP


def _ratio(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return how much one size is stretched to become the other, 1 if not at all."""
    stretch = one[0] * other[1] / (one[1] * other[0])
    return max(stretch, 1 / stretch)


def _range(seen: _Seen) -> tuple[float, float]:
    """Return the values that become black and white: one scale for all pictures."""
    if not seen.deep:
        return 0.0, 255.0
    high = next((scale for scale in _SCALES if seen.high <= scale), seen.high)
    if high == 1.0 and all(mode != "F" for mode in seen.modes):
        high = 255.0  # whole numbers are no fractions of white
    return min(seen.low, 0.0), high


def _background(seen: _Seen, choices: Choices) -> int:
    if choices.background is Background.AUTO:
        return WHITE if seen.bright <= seen.opacity / 2 else BLACK
    return WHITE if choices.background is Background.WHITE else BLACK


def _tell(
    faults: Faults, names: Sequence[str], one: str, several: str, *, pointer: str, offer: dict[str, str]
) -> None:
    """Add a fault for each file of a kind, all with the same way out."""
    if len(names) == 1:
        faults.add(f"{names[0]!r} {one}", names[0], pointer=pointer, offer=offer)
        return
    listed = ", ".join(repr(name) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    faults.add(f"{listed}{more} {several}", names[0], pointer=pointer, offer=offer)


def _notes(seen: _Seen, choices: Choices, treatment: Treatment) -> list[str]:
    """Say what is done with the pictures that are not as most are."""
    white = treatment.background == WHITE
    why = "as chosen"
    if choices.background is Background.AUTO and seen.through:
        mean = 255 * seen.bright / seen.opacity
        why = f"because what they show is {'dark' if white else 'light'}: {mean:.0f} of 255 on average"
    resized = "resized" if choices.fit is Fit.RESIZE else "center-cropped and resized"
    marked = "turned by it" if treatment.turned else "left as stored (orientation=turned turns them)"
    other = sum(count for size, count in seen.sizes.items() if size != treatment.size)
    bits = f"scaled: {treatment.low:,.5g} became black, {treatment.high:,.5g} white"
    done = [
        (other, "of another size", f"{resized} to {treatment.width} x {treatment.height}"),
        (len(seen.animated), "with several frames", "reduced to the first frame"),
        (seen.several, "with further pictures in the file (MPO, from phones and drones)", "taken alone"),
        (seen.deep, "of more than 8 bits", bits),
        (seen.wide, "of 16 bits per color", "rounded to 8"),
        (seen.modes["CMYK"], "in the colors of print (CMYK)", "turned into RGB"),
        (seen.modes["1"], "of 1 bit", "read as black and white"),
        (0 if seen.gray else seen.grays, "without color", "given three equal colors, as others have some"),
        (seen.obeyed, "with an orientation mark (TIFF)", "turned by it"),
        (seen.turned, "with a camera's orientation mark", marked),
    ]
    notes = [
        f"1 picture {which} was {what}." if count == 1 else f"{count:,} pictures {which} were {what}."
        for count, which, what in done
        if count
    ]
    if seen.through:
        color = "white" if white else "black"
        notes.insert(0, f"Transparent parts of pictures lie on {color}, {why}.")
    return notes
