"""The picture that other programs show beside a link to an experiment: a histogram or lines, as PNG."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

from backend.figures.style import COLORS

WIDTH, HEIGHT = 1200, 630  # what Open Graph's readers crop least
MARGIN = 64
AXIS_Y = 540
PAPER, INK, MUTED, LINE = "#ffffff", "#14181f", "#505866", "#dadee5"
LEGEND_ROW = 34
SCALE_ROW = 40  # of what is said of the counts, above the bars
SCALE_X = MARGIN + 76  # where lines begin, right of the numbers of their scale
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_NEGATIVE = 0.1  # how far below 0 scores have to go for numbers of their own
_CUT = "\N{HORIZONTAL ELLIPSIS}"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Bars:
    """A histogram of scores: counts (B,) between edges (B + 1,)."""

    counts: tuple[int, ...]
    edges: tuple[float, ...]


@dataclass(frozen=True)
class Line:
    """One line through points (N,), in a color such as "#0072B2"."""

    name: str
    color: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Lines:
    """Lines on common axes."""

    x_title: str
    y_title: str
    lines: tuple[Line, ...]


@lru_cache(maxsize=64)
def preview(title: str, facts: str, drawing: Bars | Lines | None) -> bytes:
    """Draw under a title and a line of facts; None leaves room for what will come."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 44), "Memoscope", MUTED, _font(28))
    y = 86
    for line in _wrapped(draw, title, _font(52), lines=2):
        draw.text((MARGIN, y), line, INK, _font(52))
        y += 60
    draw.text((MARGIN, y + 10), _cut(draw, facts, _font(30)), MUTED, _font(30))
    if isinstance(drawing, Bars):
        _bars(draw, drawing.counts, drawing.edges, y + 66)
    elif drawing is not None:
        _lines(draw, drawing, y + 66)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@cache
def _font(size: int) -> Font:
    return ImageFont.load_default(size)  # comes with Pillow; no machine's fonts are the same


def _bars(draw: ImageDraw.ImageDraw, counts: Sequence[int], edges: Sequence[float], top_y: int) -> None:
    low, high = edges[0], edges[-1]

    def x(score: float) -> float:
        return MARGIN + (score - low) / (high - low) * (WIDTH - 2 * MARGIN)

    tallest = max(*counts, 1)
    draw.text((MARGIN, top_y), f"0 to {tallest:,} examples, linear", MUTED, _font(24))
    top_y += SCALE_ROW
    for count, left, right in zip(counts, edges, edges[1:], strict=False):
        # A single example among thousands is still seen.
        height = max(3.0, count / tallest * (AXIS_Y - top_y)) if count else 0.0
        if height:
            draw.rectangle((x(left) + 1, AXIS_Y - height, x(right) - 2, AXIS_Y), COLORS["memorization"])
    draw.line((MARGIN, AXIS_Y, WIDTH - MARGIN, AXIS_Y), LINE, 2)
    for tick in (*(_ticks(low, -_NEGATIVE, 2) if low <= -_NEGATIVE else ()), *_TICKS):
        draw.text((x(tick), AXIS_Y + 10), f"{tick:g}", MUTED, _font(24), anchor="ma")
    draw.text((WIDTH / 2, AXIS_Y + 44), "memorization score", MUTED, _font(24), anchor="ma")


def _lines(draw: ImageDraw.ImageDraw, drawing: Lines, top_y: int) -> None:
    font = _font(24)
    left, right = _range([value for line in drawing.lines for value in line.x])
    low, high = _range([value for line in drawing.lines for value in line.y])
    legend = _legend(draw, drawing, top_y)
    highest_y = max((swatch_y for _, swatch_y in legend), default=top_y) + 48

    def x(value: float) -> float:
        return SCALE_X + (value - left) / (right - left) * (WIDTH - MARGIN - SCALE_X)

    def y(value: float) -> float:
        return AXIS_Y - (value - low) / (high - low) * (AXIS_Y - highest_y)

    for tick in _ticks(low, high, 4):
        draw.line((SCALE_X, y(tick), WIDTH - MARGIN, y(tick)), LINE, 2)
        draw.text((SCALE_X - 12, y(tick)), f"{tick:g}", MUTED, font, anchor="rm")
    draw.line((SCALE_X, AXIS_Y, WIDTH - MARGIN, AXIS_Y), LINE, 2)
    for tick in _ticks(left, right, 6):
        draw.text((x(tick), AXIS_Y + 10), f"{tick:g}", MUTED, font, anchor="ma")
    draw.text((WIDTH / 2, AXIS_Y + 44), drawing.x_title, MUTED, font, anchor="ma")
    draw.text((MARGIN, top_y), _scaled(drawing), MUTED, font)
    for line, (swatch_x, swatch_y) in zip(drawing.lines, legend, strict=True):
        draw.rectangle((swatch_x, swatch_y + 10, swatch_x + 20, swatch_y + 18), line.color)
        draw.text((swatch_x + 30, swatch_y), line.name, INK, font)
        points = [(x(a), y(b)) for a, b in zip(line.x, line.y, strict=True)]
        if len(points) == 1:
            draw.circle(points[0], 7, line.color)
        elif points:
            draw.line(points, line.color, 5, joint="curve")


def _scaled(drawing: Lines) -> str:
    return f"{drawing.y_title}, linear"


def _legend(draw: ImageDraw.ImageDraw, drawing: Lines, y: float) -> list[tuple[float, float]]:
    """Return where each line's name begins: beside the title of the axis, in as many rows as it takes."""
    first = x = MARGIN + draw.textlength(_scaled(drawing), _font(24)) + 40
    places = []
    for line in drawing.lines:
        width = 30 + draw.textlength(line.name, _font(24))
        if x > first and x + width > WIDTH - MARGIN:
            x, y = first, y + LEGEND_ROW
        places.append((x, y))
        x += width + 32
    return places


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the greatest of some values, apart from each other."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most that many round numbers at equal steps from low to high, one more where both are."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * factor for factor in (1, 2, 5, 10) if (high - low) / (power * factor) <= most)
    return [place * step for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: Font, lines: int) -> list[str]:
    """Break a text at spaces into that many lines; what does not fit is cut."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and (len(rows) == lines or draw.textlength(longer, font) <= WIDTH - 2 * MARGIN):
            rows[-1] = longer
        else:
            rows.append(word)
    return [_cut(draw, row, font) for row in rows]


def _cut(draw: ImageDraw.ImageDraw, text: str, font: Font) -> str:
    if draw.textlength(text, font) <= WIDTH - 2 * MARGIN:
        return text
    while text and draw.textlength(text + _CUT, font) > WIDTH - 2 * MARGIN:
        text = text[:-1]
    return text.rstrip() + _CUT
