"""Colors that share a figure stay apart for color-blind readers."""

import re
from itertools import combinations

import numpy as np
import pytest

from backend.core.provenance import ROOT
from backend.figures.style import COLORS, DATA_COLORS, NETWORK_COLORS, SERIES, TRAJECTORY_COLORS

# Machado, Oliveira & Fernandes 2009, full severity, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1, 1.08883])
APART = 12  # CIE 1976 difference; about 2 can just be seen side by side

SHARED = {
    "accuracies": [
        COLORS[name] for name in ("in_accuracy", "heldout_accuracy", "test_accuracy", "memorization")
    ],
    "verdicts": [COLORS[name] for name in ("memorized", "not_memorized", "undecided")],
    "flipped labels": [COLORS[name] for name in ("memorization", "flipped")],
    "two sides": [COLORS[name] for name in ("compared_a", "compared_b", "undecided")],
    "trajectories": list(TRAJECTORY_COLORS.values()),
    "series": list(SERIES),
    "networks": list(NETWORK_COLORS),
    "kinds of data": list(DATA_COLORS),
}


def lab(color, vision):
    """Return a color such as "#0072B2" in CIELAB, as that vision sees it."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    ratio = XYZ @ np.clip(vision @ linear, 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("group", SHARED)
def test_colors_of_one_figure_stay_apart(group, vision):
    close = [
        (one, other)
        for one, other in combinations(SHARED[group], 2)
        if np.linalg.norm(lab(one, VISION[vision]) - lab(other, VISION[vision])) < APART
    ]
    assert close == []


def test_the_page_takes_its_colors_from_the_figures():
    tokens = (ROOT / "frontend" / "css" / "tokens.css").read_text()
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", tokens))
    roles = {name.replace("_", "-"): color.lower() for name, color in (COLORS | TRAJECTORY_COLORS).items()}
    assert {name: found.get(name) for name in roles} == roles
