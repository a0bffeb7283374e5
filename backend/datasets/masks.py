"""Pictures that mark where something is in another picture: they lie beside it, and are no examples."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_ENDING = re.compile(r"_(mask|segmentation|superpixels)(_[0-9]+)?$", re.IGNORECASE)


def masks(names: Sequence[str]) -> frozenset[int]:
    """Return the pictures that are called after another one in their folder: `1_mask.png` beside `1.png`."""
    known = {_stem(name) for name in names}
    found = set()
    for place, name in enumerate(names):
        stem = _stem(name)
        whole = _ENDING.sub("", stem)
        if whole != stem and whole in known:
            found.add(place)
    return frozenset(found)


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))
