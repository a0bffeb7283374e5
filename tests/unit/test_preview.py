"""The picture beside a pasted link."""

import io

import numpy as np
from PIL import Image, ImageColor

from backend.figures.preview import AXIS_Y, HEIGHT, MARGIN, PAPER, WIDTH, preview
from backend.figures.style import COLORS

EDGES = tuple(np.linspace(0, 1, 11).tolist())


def drawn(title: str, counts: tuple[int, ...]) -> np.ndarray:
    """Return (height, width, 3) pixels."""
    png = preview(title, "width 256 · 1,437 examples", counts, EDGES if counts else ())
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def bar_heights(pixels: np.ndarray) -> list[int]:
    """Count the pixels of each bar's color in the middle of its bin."""
    bars = (pixels == ImageColor.getrgb(COLORS["memorization"])).all(axis=2)
    step = (WIDTH - 2 * MARGIN) / 10
    return [int(bars[:AXIS_Y, int(MARGIN + (bin_ + 0.5) * step)].sum()) for bin_ in range(10)]


def test_bars_are_as_tall_as_their_counts_and_one_example_is_seen() -> None:
    heights = bar_heights(drawn("Quick start", (1000, 500, 0, 0, 0, 0, 0, 0, 1, 250)))
    assert heights[0] > 0.4 * HEIGHT
    np.testing.assert_allclose(np.array(heights)[[1, 9]] / heights[0], [0.5, 0.25], atol=0.01)
    assert heights[2:8] == [0] * 6
    assert 0 < heights[8] < 5


def test_long_titles_wrap_and_end_inside_the_picture() -> None:
    for title in ("memorization of " * 20, "x" * 200):
        pixels = drawn(title, ())
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        margin = pixels[:, WIDTH - MARGIN :]
        assert (margin == ImageColor.getrgb(PAPER)).all(), title
