"""The picture beside a pasted link."""

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from backend.figures.preview import (
    AXIS_Y,
    HEIGHT,
    MARGIN,
    PAPER,
    SCALE_X,
    WIDTH,
    Bars,
    Line,
    Lines,
    preview,
)
from backend.figures.style import COLORS

EDGES = tuple(np.linspace(0, 1, 11).tolist())


def drawn(title: str, drawing: Bars | Lines | None) -> np.ndarray:
    """Return (height, width, 3) pixels."""
    png = preview(title, "width 256 · 1,437 examples", drawing)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def bar_heights(pixels: np.ndarray) -> list[int]:
    """Count the pixels of each bar's color in the middle of its bin."""
    bars = (pixels == ImageColor.getrgb(COLORS["memorization"])).all(axis=2)
    step = (WIDTH - 2 * MARGIN) / 10
    return [int(bars[:AXIS_Y, int(MARGIN + (bin_ + 0.5) * step)].sum()) for bin_ in range(10)]


def test_bars_are_as_tall_as_their_counts_and_one_example_is_seen() -> None:
    heights = bar_heights(drawn("Quick start", Bars((1000, 500, 0, 0, 0, 0, 0, 0, 1, 250), EDGES)))
    assert heights[0] > 0.4 * HEIGHT
    np.testing.assert_allclose(np.array(heights)[[1, 9]] / heights[0], [0.5, 0.25], atol=0.01)
    assert heights[2:8] == [0] * 6
    assert 0 < heights[8] < 5


def test_long_titles_wrap_and_end_inside_the_picture() -> None:
    for title in ("memorization of " * 20, "x" * 200):
        pixels = drawn(title, None)
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        margin = pixels[:, WIDTH - MARGIN :]
        assert (margin == ImageColor.getrgb(PAPER)).all(), title


def test_lines_run_from_end_to_end_in_their_colors_and_a_lone_point_is_seen() -> None:
    rising = Line("rising", "#0072b2", (0.0, 10.0), (0.2, 0.8))
    dot = Line("dot", "#d55e00", (5.0,), (0.5,))
    pixels = drawn("Lines", Lines("share", "error", (rising, dot)))
    line = (pixels == ImageColor.getrgb(rising.color)).all(axis=2)
    legend_y = np.flatnonzero(line.any(axis=1))[0]
    line[: legend_y + 20] = False  # the swatch of the legend
    rows, columns = np.nonzero(line)
    assert columns.min() == pytest.approx(SCALE_X, abs=4)
    assert columns.max() == pytest.approx(WIDTH - MARGIN, abs=4)
    assert rows[columns.argmin()] == pytest.approx(AXIS_Y, abs=6)
    assert rows[columns.argmax()] < AXIS_Y - 200
    spots = np.argwhere((pixels == ImageColor.getrgb(dot.color)).all(axis=2))
    spots = spots[spots[:, 0] > legend_y + 20]
    assert spots[:, 1].mean() == pytest.approx((SCALE_X + WIDTH - MARGIN) / 2, abs=2)


def test_every_line_is_named_above_the_drawing() -> None:
    colors = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
    lines = tuple(
        Line(f"labels corrupted {i}", color, (0.0, 1.0), (0.0, 1.0)) for i, color in enumerate(colors)
    )
    pixels = drawn("Lines", Lines("step", "training accuracy", lines))
    masks = [(pixels == ImageColor.getrgb(color)).all(axis=2) for color in colors]
    rows = [int(np.flatnonzero(mask.any(axis=1))[0]) for mask in masks]  # of the swatches
    assert len(set(rows)) == 2, "the names take two rows"
    assert rows == sorted(rows)
    assert (pixels[: max(rows) + 20, WIDTH - MARGIN :] == ImageColor.getrgb(PAPER)).all()
    below = masks[-1][max(rows) + 10 :]  # the last line, which covers the others
    assert np.flatnonzero(below.any(axis=1))[0] > 15, "it stands below the names"


def test_lines_without_any_spread_are_drawn() -> None:
    for line in (Line("flat", "#0072b2", (1.0, 1.0), (3.0, 3.0)), Line("empty", "#0072b2", (), ())):
        assert drawn("Flat", Lines("x", "y", (line,))).shape == (HEIGHT, WIDTH, 3)
    assert drawn("None", Lines("x", "y", ())).shape == (HEIGHT, WIDTH, 3)


def test_scores_below_zero_have_numbers_of_their_own_and_counts_their_scale() -> None:
    def ink(low: float, rows: slice) -> np.ndarray:
        """Return which columns between the margins have ink in these rows."""
        edges = tuple(np.linspace(low, 1, 11).tolist())
        pixels = drawn("Few", Bars((1,) * 10, edges))[rows, MARGIN : WIDTH - MARGIN]
        return (pixels != ImageColor.getrgb(PAPER)).any(axis=(0, 2))

    numbers = slice(AXIS_Y + 12, AXIS_Y + 36)
    whole = WIDTH - 2 * MARGIN
    zero = round(0.8 / 1.8 * whole)  # where 0 is if scores begin at -0.8
    assert ink(-0.8, numbers)[zero - 10 : zero + 10].any()
    assert ink(-0.8, numbers)[: zero - 40].any(), "a number left of 0"
    near = round(0.05 / 1.05 * whole)
    assert not ink(-0.05, numbers)[: near - 15].any()
    assert ink(0.0, slice(205, 240))[:300].any(), "what the counts go to"
