/** A figure of the study: title, what it shows, the drawing, the same in words and as a table, and its files. */

import { aborted, api, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { figureTable } from "../figure-table.js";
import { coalesced } from "../live.js";
import { draw, purge } from "../plot.js";
import { onTheme } from "../theme.js";
import { figureFiles } from "./figure-files.js";
import { figureSliders } from "./figure-sliders.js";
import { noResultsYet, notice } from "./notice.js";
import { seriesToggles } from "./series.js";
import { tableTwin } from "./table-twin.js";

/** @import { Experiment, FigureInfo } from "../../types/api.js" */

/**
 * @typedef {object} FigurePanel
 * @property {HTMLElement} element
 * @property {PlotlyElement} plot
 * @property {(query: string) => Promise<void>} load fetch and draw; the old drawing stays until then
 * @property {(experiment: Experiment) => void} wait say that there are no results to draw yet
 */

/**
 * @param {string} id of the experiment
 * @param {Pick<FigureInfo, "name" | "title" | "description"> & { controls?: FigureInfo["controls"] }} info
 * @param {AbortSignal} signal
 * @param {object} [options]
 * @param {(query: string, signal: AbortSignal) => Promise<PlotlyFigure>} [options.fetchFigure] a figure of the experiment's study if absent
 * @param {"h2" | "h3"} [options.level] of its heading
 * @returns {FigurePanel}
 */
export function figurePanel(id, info, signal, { fetchFigure = (query, current) => api.figure(id, info.name, query, current), level = "h2" } = {}) {
  const plot = /** @type {PlotlyElement} */ (/** @type {HTMLElement} */ (h("div", { class: "plot", role: "img", "aria-label": info.title })));
  const twin = tableTwin(info.title);
  const series = seriesToggles(() => redraw());
  const sliders = figureSliders(info.title, () => {
    tell();
    stepSoon();
  });
  const state = h("div", { class: "figure-state" });
  const stale = h("p", { class: "stale", role: "status", hidden: true });
  const frame = h("div", { class: "figure-frame", "aria-busy": "true" }, plot, state);
  /** @type {PlotlyFigure | null} */
  let figure = null;
  let shown = "";
  let asked = "";
  let width = 0;
  let request = new AbortController();

  const files = figureFiles(info.title, `${id}-${info.name}`, () => {
    const chosen = figure && sliders.applied(figure);
    return chosen && { figure: chosen, table: figureTable(chosen) };
  });
  files.hidden = true;
  const element = h(
    "figure",
    { class: "figure", "data-figure": info.name, "data-ready": "false" },
    h("figcaption", {}, h(level, {}, info.title), files, h("p", {}, info.description)),
    sliders.element,
    frame,
    stale,
    h("div", { class: "figure-feet" }, twin.element, series.element),
  );

  const tell = () => {
    if (!figure) return;
    const chosen = sliders.applied(figure);
    const { summary = "" } = chosen.layout.meta ?? {};
    plot.setAttribute("aria-label", `${info.title}. ${summary}`);
    twin.update(summary, () => figureTable(chosen));
    series.update(chosen);
  };

  const redraw = async () => {
    if (!figure || signal.aborted || plot.clientWidth === 0) return;
    const { least_width: leastWidth } = figure.layout.meta ?? {};
    plot.style.minWidth = leastWidth ? `${leastWidth}px` : "";
    plot.style.height = figure.layout.height ? `${figure.layout.height}px` : "";
    width = plot.clientWidth;
    const fresh = !plot.data;
    const chosen = sliders.applied(figure);
    await draw(plot, series.applied(chosen));
    if (fresh) series.listen(plot);
    reachable(frame, info.title);
    element.dataset.count = String(chosen.data.length);
    element.dataset.ready = "true";
    plot.dispatchEvent(new Event("drawn"));
  };
  const stepSoon = coalesced(redraw);

  /** @param {Experiment} experiment */
  const wait = (experiment) => {
    element.dataset.ready = "empty";
    frame.setAttribute("aria-busy", "false");
    if (!shown) replace(state, noResultsYet(experiment, "They appear as soon as the first units are done."));
  };

  /** @param {unknown} error */
  const explain = (error) => {
    const detail = reason(error);
    if (shown) {
      stale.hidden = false;
      text(stale, `This figure is not up to date: ${detail}`);
      return;
    }
    element.dataset.ready = "failed";
    const retry = h("button", { type: "button", class: "button", onclick: () => load(asked) }, "Try again");
    replace(state, notice({ title: "This figure could not be drawn", detail, kind: "failed" }, retry));
  };

  /** @param {string} query */
  const load = async (query) => {
    request.abort();
    request = new AbortController();
    asked = query;
    const { signal: current } = request;
    frame.setAttribute("aria-busy", "true");
    try {
      const answer = await fetchFigure(query, current);
      const json = JSON.stringify(answer);
      if (json !== shown) {
        figure = answer;
        state.replaceChildren();
        sliders.update(answer);
        tell();
        await redraw();
        files.hidden = false;
        shown = json;
      }
      stale.hidden = true;
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      explain(error);
    }
    frame.setAttribute("aria-busy", "false");
  };

  const resized = new ResizeObserver(() => {
    if (plot.clientWidth !== width) redraw();
  });
  resized.observe(plot);
  onTheme(redraw, signal);
  signal.addEventListener("abort", () => {
    request.abort();
    resized.disconnect();
    purge(plot);
  });

  return { element, plot, wait, load };
}

/**
 * Let the keyboard scroll a drawing that is wider than its frame.
 * @param {HTMLElement} frame
 * @param {string} title
 */
function reachable(frame, title) {
  if (frame.scrollWidth > frame.clientWidth) {
    frame.tabIndex = 0;
    frame.role = "region";
    frame.ariaLabel = `${title}, scrolls sideways`;
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
  }
}
