/** A figure of the study: title, what it shows, the drawing, the same in words and as a table, and its files. */

import { aborted, api } from "../api.js";
import { h, replace } from "../dom.js";
import { csv, figureTable } from "../figure-table.js";
import { download, draw, purge } from "../plot.js";
import { save } from "../save.js";
import { onTheme } from "../theme.js";
import { noScoresYet, notice } from "./notice.js";
import { tableTwin } from "./table-twin.js";

/** @import { FigureInfo } from "../../types/api.js" */

/**
 * @typedef {object} FigurePanel
 * @property {HTMLElement} element
 * @property {PlotlyElement} plot
 * @property {(query: string) => Promise<void>} load fetch and draw; the old drawing stays until then
 * @property {() => void} wait say that there are no results to draw yet
 */

/**
 * @param {string} experiment id
 * @param {FigureInfo} info
 * @param {AbortSignal} signal
 * @returns {FigurePanel}
 */
export function figurePanel(experiment, info, signal) {
  const plot = /** @type {PlotlyElement} */ (h("div", { class: "plot", role: "img", "aria-label": info.title }));
  const twin = tableTwin(info.title);
  const state = h("div", { class: "figure-state" });
  const frame = h("div", { class: "figure-frame", "aria-busy": "true" }, plot, state);
  /** @type {PlotlyFigure | null} */
  let figure = null;
  let shown = "";
  let width = 0;
  let request = new AbortController();

  /** @param {string} format @param {(figure: PlotlyFigure, name: string) => void} write */
  const saver = (format, write) =>
    h(
      "button",
      {
        type: "button",
        class: "link-button",
        "aria-label": `Save “${info.title}” as ${format}`,
        onclick: () => figure && write(figure, `${experiment}-${info.name}`),
      },
      format,
    );
  const element = h(
    "figure",
    { class: `figure figure-${info.name}`, "data-figure": info.name, "data-ready": "false" },
    h(
      "figcaption",
      {},
      h("h2", {}, info.title),
      h(
        "span",
        { class: "figure-save" },
        saver("SVG", (drawn, name) => download(drawn, "svg", name)),
        saver("PNG", (drawn, name) => download(drawn, "png", name)),
        saver("CSV", (drawn, name) => save(csv(figureTable(drawn)), "text/csv", `${name}.csv`)),
      ),
      h("p", {}, info.description),
    ),
    frame,
    twin.element,
  );

  /** @param {PlotlyFigure} answer */
  const tell = (answer) => {
    const { summary = "" } = answer.layout.meta ?? {};
    plot.setAttribute("aria-label", `${info.title}. ${summary}`);
    twin.update(summary, () => figureTable(answer));
  };

  const redraw = async () => {
    if (!figure || signal.aborted || plot.clientWidth === 0) return;
    width = plot.clientWidth;
    plot.style.height = figure.layout.height ? `${figure.layout.height}px` : "";
    await draw(plot, figure);
    element.dataset.count = String(figure.data.length);
    element.dataset.ready = "true";
    plot.dispatchEvent(new Event("drawn"));
  };

  const wait = () => {
    element.dataset.ready = "empty";
    frame.setAttribute("aria-busy", "false");
    if (!figure) replace(state, noScoresYet("They appear as soon as the first models are trained."));
  };

  /** @param {unknown} error */
  const explain = (error) => {
    element.dataset.ready = "failed";
    if (figure) return;
    const detail = error instanceof Error ? error.message : String(error);
    replace(state, notice({ title: "This figure could not be drawn", detail, kind: "failed" }));
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

  return {
    element,
    plot,
    wait,
    async load(query) {
      request.abort();
      request = new AbortController();
      const { signal: current } = request;
      frame.setAttribute("aria-busy", "true");
      try {
        const answer = await api.figure(experiment, info.name, query, current);
        const json = JSON.stringify(answer);
        if (json !== shown) {
          figure = answer;
          shown = json;
          state.replaceChildren();
          tell(answer);
          await redraw();
        }
      } catch (error) {
        if (aborted(error) || current.aborted) return;
        explain(error);
      }
      frame.setAttribute("aria-busy", "false");
    },
  };
}
