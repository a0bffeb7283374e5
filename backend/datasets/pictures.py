"""Pictures from strangers: opened, described by their header, turned into pixels.

Image.open reads the header only; whatever a reader of hostile bytes stumbles over is a refusal.
"""

import io
import zipfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from backend.datasets.archive import read_file, refused
from backend.datasets.treatment import Fit, Treatment

MAX_PIXELS = 24_000_000  # of a picture that is decoded whole
MAX_JPEG_PIXELS = 80_000_000  # which is decoded at an eighth of the size at best
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM")  # an MPO opens as a JPEG
NAMED = "PNG, JPEG, GIF, BMP, WEBP, TIFF, PPM"
GRAY_MODES = frozenset({"1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
ALPHA_MODES = frozenset({"LA", "La", "RGBA", "RGBa", "PA"})
JPEGS = frozenset({"JPEG", "MPO"})

_ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND"}
_LOOKED_AT = 2**16  # pixels of a transparent picture
_PNG_DEPTH = 24  # where a PNG says how many bits a color has


@dataclass(frozen=True)
class Header:
    """What a picture says of itself before it is decoded; `orientation` is a camera's mark, 1 if upright."""

    size: tuple[int, int]  # width, height, as stored
    mode: str
    kind: str
    transparent: bool
    deep: bool  # more than 8 bits of gray
    wide: bool  # more than 8 bits of each color, of which 8 are kept
    animated: bool
    orientation: int
    obeyed: bool  # whether the reader itself has turned it, as it does with a TIFF

    @property
    def gray(self) -> bool:
        """Whether there is nothing but shades of gray."""
        return self.mode in GRAY_MODES

    def turned(self) -> tuple[int, int]:
        """Return width and height once the mark is obeyed."""
        return self.size[::-1] if self.orientation >= 5 else self.size


def open_picture(archive: zipfile.ZipFile, path: str, name: str) -> tuple[Image.Image, Header]:
    """Open a picture without decoding it; InvalidError, with `name`, if it is none or too large."""
    data = read_file(archive, path, name)
    if not data:
        raise refused(f"{name!r} is empty.")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        header = _header(image, data)
    except UnidentifiedImageError:
        raise refused(f"{name!r} is not an image that can be read; images are {NAMED}.") from None
    except Exception as error:  # whatever a reader of hostile bytes stumbles over
        raise refused(f"{name!r} cannot be read: {error}.") from None
    width, height = header.size
    most = MAX_JPEG_PIXELS if header.kind in JPEGS else MAX_PIXELS
    if width * height > most:
        raise refused(f"{name!r} is {width} x {height} pixels, at most {most:,} pixels can be read.")
    end = _ENDS.get(header.kind)
    if end is not None and data.rfind(end) < 0:
        raise refused(f"{name!r} is broken: it is cut off before its end.")
    return image, header


def _header(image: Image.Image, data: bytes) -> Header:
    kind = image.format or ""
    deep = image.mode[:1] in {"I", "F"}
    return Header(
        size=image.size,
        mode=image.mode,
        kind=kind,
        transparent=image.mode in ALPHA_MODES or "transparency" in image.info,
        deep=deep,
        wide=kind == "PNG" and not deep and data[_PNG_DEPTH : _PNG_DEPTH + 1] == b"\x10",
        # An MPO holds one scene several times, for depth or as a preview: not an animation.
        animated=kind != "MPO" and bool(getattr(image, "is_animated", False)),
        orientation=_orientation(image),
        obeyed=kind == "TIFF" and getattr(image, "tag_v2", {}).get(ExifTags.Base.Orientation, 1) != 1,
    )


def _orientation(image: Image.Image) -> int:
    """Return a camera's mark, without decoding; Pillow itself obeys that of a TIFF."""
    if "exif" not in image.info:
        return 1
    mark = image.getexif().get(ExifTags.Base.Orientation, 1)
    return mark if isinstance(mark, int) and 1 <= mark <= 8 else 1


def values(image: Image.Image) -> npt.NDArray[np.float32]:
    """Return the numbers of a picture of more than 8 bits, (height, width)."""
    return np.asarray(image, np.float32)


def brightness(image: Image.Image) -> tuple[float, float] | None:
    """Return sums over pixels of gray times opacity and of opacity, 0 to 1 each; None if all are opaque."""
    visible = _with_alpha(image).convert("LA")
    if visible.getchannel("A").getextrema() == (255, 255):
        return None
    step = max(int((visible.width * visible.height / _LOOKED_AT) ** 0.5), 1)
    gray, opacity = np.moveaxis(np.asarray(visible)[::step, ::step] / 255, -1, 0)
    return float((gray * opacity).sum()), float(opacity.sum())


def _with_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        return image.convert("LA").convert("RGBA")
    return image.convert("RGBA")


def pixels(image: Image.Image, header: Header, treatment: Treatment) -> npt.NDArray[np.uint8]:
    """Return the pixels of an opened picture, (height, width) or (height, width, 3), as was decided."""
    if header.kind in JPEGS:
        side = 2 * max(treatment.size)
        image.draft(None, (side, side))  # decodes a large one at a fraction of its size
    if treatment.turned:
        image = ImageOps.exif_transpose(image)
    if header.deep:
        span = max(treatment.high - treatment.low, 1e-12)
        scaled = np.rint(np.clip((values(image) - treatment.low) / span, 0, 1) * 255)
        image = Image.fromarray(scaled.astype(np.uint8))
    elif header.transparent:
        ground = Image.new("RGBA", image.size, (*(treatment.background,) * 3, 255))
        image = Image.alpha_composite(ground, _with_alpha(image))
    image = image.convert("RGB" if treatment.color else "L")
    if image.size != treatment.size:
        if treatment.fit is Fit.CROP:
            image = ImageOps.fit(image, treatment.size, Image.Resampling.LANCZOS)
        else:
            image = image.resize(treatment.size, Image.Resampling.LANCZOS)
    return np.asarray(image)
