"""The picture that other programs show beside a link to an experiment: a histogram of scores, as PNG."""

import io
from collections.abc import Sequence
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

from backend.figures.style import COLORS

WIDTH, HEIGHT = 1200, 630  # what Open Graph's readers crop least
MARGIN = 64
AXIS_Y = 540
PAPER, INK, MUTED, LINE = "#ffffff", "#14181f", "#505866", "#dadee5"
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_CUT = "\N{HORIZONTAL ELLIPSIS}"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=64)
def preview(title: str, facts: str, counts: tuple[int, ...], edges: tuple[float, ...]) -> bytes:
    """Draw counts (B,) between edges (B + 1,) under a title and a line of facts; no bars without counts."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 44), "Memoscope", MUTED, _font(28))
    y = 86
    for line in _wrapped(draw, title, _font(52), lines=2):
        draw.text((MARGIN, y), line, INK, _font(52))
        y += 60
    draw.text((MARGIN, y + 10), _cut(draw, facts, _font(30)), MUTED, _font(30))
    if counts:
        _bars(draw, counts, edges, y + 66)
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
    for count, left, right in zip(counts, edges, edges[1:], strict=False):
        # A single example among thousands is still seen.
        height = max(3.0, count / tallest * (AXIS_Y - top_y)) if count else 0.0
        if height:
            draw.rectangle((x(left) + 1, AXIS_Y - height, x(right) - 2, AXIS_Y), COLORS["memorization"])
    draw.line((MARGIN, AXIS_Y, WIDTH - MARGIN, AXIS_Y), LINE, 2)
    for tick in _TICKS:
        draw.text((x(tick), AXIS_Y + 10), f"{tick:g}", MUTED, _font(24), anchor="ma")
    draw.text((WIDTH / 2, AXIS_Y + 44), "memorization score", MUTED, _font(24), anchor="ma")


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
