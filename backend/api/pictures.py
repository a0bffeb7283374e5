"""Pictures as answers: lossless, never recolored, cached for ever."""

import numpy as np
import numpy.typing as npt
from fastapi import Response

from backend.datasets import sprites


class PngResponse(Response):
    """A picture in the data set's own pixels."""

    media_type = "image/png"


def png_response(pixels: npt.NDArray[np.uint8], compress_level: int = 6) -> PngResponse:
    """Return pixels (height, width) or (height, width, 3) as an answer that never needs asking again."""
    # Private: a cache that others share must not hand out what an access token guards.
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return PngResponse(sprites.png(pixels, compress_level), headers=headers)
