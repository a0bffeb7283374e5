"""Cost over the number of models and of examples: a straight line through the origin, or nearly.

With a path as argument, the plot is drawn into that SVG file.
"""

import sys
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import plotly.graph_objects as go
import torch
from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from backend.api.pages import PLOTLY
from backend.statistics.subsets import subset_masks
from tests import find_browser
from tests.benchmarks.engine import with_engine
from tests.benchmarks.plain import PARAMS, digits, timed
from workers.engine.data import Split

WIDTH, BASE_MODELS = 32, 50
TIMES = (1, 2, 3, 4, 6, 8)


def main() -> None:
    split = digits()
    with_engine(split, subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, BASE_MODELS), WIDTH)
    by_models = {times * BASE_MODELS: seconds(split, times * BASE_MODELS) for times in TIMES}
    by_examples = {times * len(split.y): seconds(repeated(split, times), BASE_MODELS) for times in TIMES}
    for what, found in (("models", by_models), ("examples", by_examples)):
        slope = np.polyfit(list(found), list(found.values()), 1)[0]
        print(f"\n| {what} | seconds | over a line through the origin |\n|---|---|---|")
        for count, elapsed in found.items():
            print(f"| {count:,} | {elapsed:.2f} | {elapsed / (slope * count):.2f} |")
    if len(sys.argv) > 1:
        draw(by_models, by_examples, Path(sys.argv[1]))


def seconds(split: Split, models: int) -> float:
    masks = subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, models)
    return min(timed(lambda: with_engine(split, masks, WIDTH))[0] for _ in range(2))


def repeated(split: Split, times: int) -> Split:
    """Return a split with the training set that many times over."""
    rows = np.tile(np.arange(len(split.y)), times)
    return Split(
        split.x[rows],
        split.y[rows],
        split.x_test,
        split.y_test,
        split.classes,
        split.mean,
        split.sd,
        flat=True,
    )


def draw(by_models: dict[int, float], by_examples: dict[int, float], path: Path) -> None:
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True)
    for column, (found, title) in enumerate(((by_models, "models"), (by_examples, "training examples")), 1):
        line = go.Scatter(x=list(found), y=list(found.values()), mode="lines+markers", line_color="#3b6fb6")
        figure.add_trace(line, row=1, col=column)
        figure.update_xaxes(title=title, rangemode="tozero", row=1, col=column)
    figure.update_yaxes(title="seconds", rangemode="tozero", row=1, col=1)
    figure.update_layout(template="plotly_white", showlegend=False, margin={"t": 20, "r": 20})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser.find() or "", args=find_browser.FLAGS
        )
        page = browser.new_page()
        page.add_script_tag(path=str(PLOTLY))
        image = page.evaluate(
            "json => Plotly.toImage(JSON.parse(json), {format: 'svg', width: 800, height: 320})",
            figure.to_json(),
        )
        browser.close()
    path.write_text(unquote(image.partition(",")[2]))


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
