"""The explorer at 60,000 examples x 8 sizes and 1,280,000 x 1: API latency, brush to pictures, first paint.

    python tests/benchmarks/explorer.py

Both experiments are made up (`seed.py`) in a temporary folder, with a server and a browser of their own.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from backend.core.settings import Settings
from tests import find_browser
from tests.benchmarks.seed import CLASSES, seed
from tests.services import Server

SHAPES = ((60_000, 8), (1_280_000, 1))
WARM = 60  # requests of each kind behind the first
BRUSHES = 60

# A click on a bar brushes it; the gallery is ready once its pictures are decoded and painted.
BRUSH = """async (share) => {
  const plot = document.querySelector("[data-figure=histogram] .plot");
  const gallery = document.querySelector(".gallery");
  const box = document.querySelector(".brush").getBoundingClientRect();
  const x = box.left + share * box.width;
  const at = { clientX: x, clientY: box.top + box.height / 2, bubbles: true, button: 0 };
  const before = location.search;
  const started = performance.now();
  plot.dispatchEvent(new PointerEvent("pointerdown", at));
  window.dispatchEvent(new PointerEvent("pointerup", at));
  if (location.search === before) return null;
  await new Promise((resolve) => {
    const look = () => (gallery.dataset.ready === "true" ? resolve() : requestAnimationFrame(look));
    setTimeout(look, 0);
  });
  await new Promise((resolve) => requestAnimationFrame(resolve));
  return { ms: performance.now() - started, count: Number(gallery.dataset.total) };
}"""


def timed(server: Server, name: str, paths: list[str]) -> None:
    """Ask for each path once; the first is cold, the others are other questions of the same kind."""
    milliseconds = []
    for path in paths:
        started = time.perf_counter()
        answer = server.http.get(path)
        milliseconds.append(1000 * (time.perf_counter() - started))
        assert answer.is_success, answer.text
    first, *warm = milliseconds
    size = len(answer.content) / 1024
    print(f"| {name} | {first:.0f} | {np.median(warm):.1f} | {np.quantile(warm, 0.95):.1f} | {size:,.0f} |")


def api(server: Server, experiment: str, n: int, sizes: int) -> None:
    rng = np.random.default_rng(0)
    base = f"/api/experiments/{experiment}"
    names = [2 ** (i + 1) for i in range(sizes)]

    def views(*more: str) -> list[str]:
        """Return views that filter and brush differently each time."""
        return [
            "&".join(
                (
                    f"size={rng.choice(names)}",
                    f"memorization_gte={rng.uniform(-0.1, 0.8):.3f}",
                    *(f"label={label}" for label in rng.choice(CLASSES, 3, replace=False)),
                    *more,
                )
            )
            for _ in range(WARM + 1)
        ]

    examples = rng.integers(n, size=WARM + 1)
    print("\n| request | first, ms | p50, ms | p95, ms | KiB |\n|---|---|---|---|---|")
    timed(server, "experiment", [base] * (WARM + 1))
    timed(server, "examples, brushed", [f"{base}/examples?limit=40&{view}" for view in views()])
    timed(
        server,
        "examples, filtered and sorted otherwise",
        [f"{base}/examples?limit=40&sort=-width&flipped=true&{v}" for v in views("verdict=memorized")],
    )
    column = server.get(f"{base}/columns")["items"][-1]["key"]
    for name, order in (("a further column", "column"), ("the difference of ranks", "gap")):
        bounded = f"sort=-{order}:{column}&column={column}&column_gte=0.2"
        timed(server, f"examples by {name}", [f"{base}/examples?limit=40&{bounded}&{v}" for v in views()])
    timed(server, "one example", [f"{base}/examples/{i}?{v}" for i, v in zip(examples, views(), strict=True)])
    timed(server, "histogram", [f"{base}/histogram?{view}" for view in views()])
    infos = server.get(f"{base}/figures")["items"]
    for name in (info["name"] for info in infos):
        kinds = (
            views("stack=verdict")
            if name == "histogram"
            else [f"{view}&example=5&example=9" for view in views()]
        )
        if name not in {"histogram", "trajectories"}:
            kinds = [""] * (WARM + 1)  # these do not change while a reader browses
        timed(server, f"figure {name}", [f"{base}/figures/{name}?{kind}" for kind in kinds])
    timed(server, "claims", [f"{base}/claims"] * (WARM + 1))
    taus = rng.uniform(0.05, 0.9, WARM + 1)
    timed(
        server, "trajectory types, another threshold", [f"{base}/trajectories?tau={tau:.2f}" for tau in taus]
    )
    timed(server, "nearest neighbors", [f"{base}/examples/{i}/neighbors" for i in examples])
    pair = f"a={experiment}&b={experiment}&a_size={names[0]}&b_size={names[-1]}"
    lows = rng.uniform(-0.2, 0.5, WARM + 1)
    timed(server, "comparison", [f"/api/compare?{pair}"] * (WARM + 1))
    timed(
        server,
        "compared, brushed",
        [f"/api/compare/examples?{pair}&limit=40&a_gte={low:.3f}" for low in lows],
    )
    dataset = server.get(base)["dataset_id"]
    sprites = ["&".join(f"indices={i}" for i in rng.integers(n, size=40)) for _ in range(WARM + 1)]
    timed(server, "sprite of 40", [f"/api/datasets/{dataset}/sprite.png?{sprite}" for sprite in sprites])


def brushes(browser: Browser, server: Server, experiment: str) -> None:
    rng = np.random.default_rng(1)
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"/experiments/{experiment}?tab=explore")
    page.wait_for_selector(".gallery[data-ready=true]")
    page.wait_for_selector("[data-figure=histogram][data-ready=true]")
    page.wait_for_timeout(1000)
    found = [one for one in (brushed(page, share) for share in rng.uniform(0.02, 0.98, BRUSHES)) if one]
    milliseconds = [one["ms"] for one in found]
    print(
        f"\nbrush to first pictures, {len(found)} brushes of {min(o['count'] for o in found):,} to"
        f" {max(o['count'] for o in found):,} examples: p50 {np.median(milliseconds):.0f} ms,"
        f" p95 {np.quantile(milliseconds, 0.95):.0f} ms, longest {max(milliseconds):.0f} ms"
    )
    context.close()


def first_paints(browser: Browser, server: Server, experiment: str) -> None:
    """Open pages with an empty cache; the paint is the first one with content."""
    print("\n| page, nothing cached | first contentful paint, ms: median, longest of 5 |\n|---|---|")
    for path in ("/", f"/experiments/{experiment}", f"/experiments/{experiment}?tab=explore"):
        found = []
        for _ in range(5):
            context = browser.new_context(base_url=server.url)
            page = context.new_page()
            page.goto(path)
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
            found.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            context.close()
        print(f"| {path.replace(experiment, 'ID')} | {np.median(found):.0f}, {max(found):.0f} |")


def brushed(page: Page, share: float) -> dict[str, float] | None:
    found: dict[str, float] | None = page.evaluate(BRUSH, share)
    page.wait_for_timeout(150)  # a reader looks
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(_env_file=None, data_dir=folder / "data")
        settings.data_dir.mkdir()
        experiments = [seed(settings, n, sizes) for n, sizes in SHAPES]
        executable = find_browser.find()
        assert executable is not None, find_browser.ADVICE
        with Server(folder, "--no-quick-start") as server, sync_playwright() as playwright:
            server.wait_until_healthy()
            browser = playwright.chromium.launch(executable_path=executable, args=find_browser.FLAGS)
            for experiment, (n, sizes) in zip(experiments, SHAPES, strict=True):
                print(f"\n## {n:,} examples x {sizes} sizes")
                api(server, experiment, n, sizes)
                brushes(browser, server, experiment)
            first_paints(browser, server, experiments[0])
            browser.close()


if __name__ == "__main__":
    main()
