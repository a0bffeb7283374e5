"""How the study's figures tell networks, kinds of data and corruptions apart."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.figures.style import DATA_COLORS, NETWORK_COLORS, SYMBOLS
from backend.networks.architectures import Architecture, title
from backend.studies.randomization.conditions import MODES, PARTLY, RANDOM_LABELS, SHUFFLED, TRUE, Condition

PAPER_DASH = "dash"  # what is the paper's, beside our solid lines
MOST_POINTS = 200  # of a curve; more cannot be told apart


@dataclass(frozen=True)
class Look:
    """Color, marker symbol and dash of a line."""

    color: str
    symbol: str
    dash: str = "solid"


NETWORKS: Mapping[Architecture, Look] = {
    architecture: Look(color, symbol)
    for architecture, color, symbol in zip(Architecture, NETWORK_COLORS, SYMBOLS, strict=False)
}
_DASHES = ("solid", "12px,4px", "solid", "dashdot", "dash", "dot")
DATA: Mapping[Condition, Look] = {
    mode: Look(color, symbol, dash)
    for mode, color, symbol, dash in zip(MODES, DATA_COLORS, SYMBOLS, _DASHES, strict=False)
}


def corrupted(corruption: float) -> Look:
    """Return the look of that share of corrupted labels, between those of true and random labels."""
    # A green in between keeps blue and yellow from mixing to gray.
    shares = (TRUE.corruption, 0.25, PARTLY.corruption, RANDOM_LABELS.corruption)
    colors = [DATA[mode].color for mode in (TRUE, SHUFFLED, PARTLY, RANDOM_LABELS)]
    channels = [[int(color[i : i + 2], 16) for color in colors] for i in (1, 3, 5)]
    mixed = [round(float(np.interp(corruption, shares, channel))) for channel in channels]
    return Look("#" + "".join(f"{channel:02X}" for channel in mixed), SYMBOLS[round(corruption * 5)])


def heading(architecture: Architecture, reduction: int) -> str:
    """Return a network's name over a panel: what it lacks in lighter type, what reduces it below."""
    name, _, reduced = title(architecture, reduction).partition(", ")
    kind, without, lacking = name.partition(" without ")
    return f"<b>{kind}</b>{without}{lacking}" + (f"<br>{reduced}" if reduced else "")


def thinned(count: int, most: int = MOST_POINTS) -> npt.NDArray[np.int64]:
    """Return which of so many points of a curve are drawn, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
