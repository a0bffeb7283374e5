"""Arrays as text that a browser unpacks with `DecompressionStream`: byte planes, deflated, in base64."""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def pack(values: npt.NDArray[Any]) -> dict[str, Any]:
    """Pack whole numbers below 2**32, row after row.

    The lowest bytes of all values come first, then the next ones: counts are small, so the planes of high
    bytes are nearly constant, and no reader has to know which byte order the writer had.
    """
    flat = np.ascontiguousarray(values).ravel().astype("<u4")
    planes = 1 if not len(flat) or flat.max() < 1 << 8 else 2 if flat.max() < 1 << 16 else 4
    data = flat.view(np.uint8).reshape(-1, 4)[:, :planes].T.tobytes()
    return {"planes": planes, "data": _deflated(data)}


def pack_texts(texts: Sequence[str]) -> str:
    """Pack texts, as a JSON list."""
    return _deflated(json.dumps(list(texts), ensure_ascii=False, separators=(",", ":")).encode())


def _deflated(data: bytes) -> str:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(compressor.compress(data) + compressor.flush()).decode()
