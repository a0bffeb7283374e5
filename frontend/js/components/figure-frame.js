/** The frame of a figure: title, what it shows, the drawing, the same in words and as a table, and its files. */

import { h, replace, text } from "../dom.js";
import { figureTable } from "../figure-table.js";
import { coalesced } from "../live.js";
import { draw, moveMarks, purge } from "../plot.js";
import { onTheme } from "../theme.js";
import { figureFiles } from "./figure-files.js";
import { figureKey } from "./figure-key.js";
import { figureSliders } from "./figure-sliders.js";
import { menu } from "./menu.js";
import { seriesToggles } from "./series.js";
import { tableTwin } from "./table-twin.js";
import { termed } from "./term.js";

/** @typedef {{ name: string, title: string, description: string }} About */

/** The class of a figure that is shown alone; it is told of it by the event `presented`. */
export const PRESENTED = "is-presented";

/**
 * @typedef {object} Options
 * @property {"h2" | "h3" | "h4"} [level] of its heading
 * @property {HTMLElement | null} [controls] stand over the drawing
 * @property {HTMLElement} [folded] stands beside the heading of a figure that gives its room to the drawing: its
 *   controls, words, table and files are in a menu
 * @property {(() => void) | null} [present] shows it alone, as large as the window
 */

/**
 * @typedef {object} FigureFrame
 * @property {HTMLElement} element
 * @property {PlotlyElement} plot
 * @property {(figure: PlotlyFigure, moving?: boolean) => Promise<void>} show draw it in the place of the one before; one
 *   with the same marks may have them move to their new heights
 * @property {() => boolean} drawn whether there is a drawing
 * @property {(is: boolean) => void} busy
 * @property {(detail: string | null) => void} note say under the drawing that it is not up to date, and why
 * @property {(state: "empty" | "failed", content: HTMLElement) => void} instead what stands there while there is no drawing
 */

/**
 * @param {About} info
 * @param {string} filename of its files, without ending
 * @param {AbortSignal} signal
 * @param {Options} [options]
 * @returns {FigureFrame}
 */
export function figureFrame(info, filename, signal, { level = "h2", controls = null, folded, present = null } = {}) {
  const plot = /** @type {PlotlyElement} */ (/** @type {HTMLElement} */ (h("div", { class: "plot", role: "img", "aria-label": info.title })));
  const twin = tableTwin(info.title);
  const key = folded && figureKey();
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
  let width = 0;
  let motion = new AbortController();

  const saved = () => {
    const chosen = figure && sliders.applied(figure);
    return chosen && { figure: chosen, table: figureTable(chosen) };
  };
  const files = figureFiles(info.title, filename, saved, present);
  files.hidden = true;
  const heading = h(level, {}, info.title);
  const words = h("p", {}, ...termed(info.description));
  const element = h(
    "figure",
    { class: folded ? "figure is-folded" : "figure", "data-figure": info.name, "data-ready": "false" },
    h("figcaption", {}, heading, ...(folded ? [folded, menu(["Options"], words, controls, series.element, files, twin.element)] : [files, words])),
    !folded && controls,
    sliders.element,
    key?.element,
    frame,
    stale,
    !folded && h("div", { class: "figure-feet" }, twin.element, series.element),
  );

  const presented = () => element.classList.contains(PRESENTED);
  element.addEventListener("presented", () => redraw());

  const tell = () => {
    if (!figure) return;
    const chosen = sliders.applied(figure);
    const { summary = "" } = chosen.layout.meta ?? {};
    plot.setAttribute("aria-label", `${info.title}. ${summary}`);
    twin.update(summary, () => figureTable(chosen));
    series.update(chosen);
    key?.update(series.applied(chosen));
  };

  const redraw = async () => {
    if (!figure || signal.aborted || plot.clientWidth === 0) return;
    const { least_width: leastWidth } = figure.layout.meta ?? {};
    plot.style.minWidth = leastWidth ? `${leastWidth}px` : "";
    // The frame of a figure that is presented has the height of the window, whatever stands in it.
    const height = presented() ? frame.clientHeight : null;
    plot.style.height = height !== null ? `${height}px` : figure.layout.height ? `${figure.layout.height}px` : "";
    width = plot.clientWidth;
    const fresh = !plot.data;
    const chosen = sliders.applied(figure);
    await draw(plot, series.applied(chosen), { legend: !folded || presented(), height });
    if (fresh) series.listen(plot);
    reachable(frame, info.title);
    element.dataset.count = String(chosen.data.length);
    element.dataset.ready = "true";
    plot.dispatchEvent(new Event("drawn"));
  };
  const stepSoon = coalesced(redraw);

  const resized = new ResizeObserver(() => {
    if (plot.clientWidth !== width) redraw();
  });
  resized.observe(plot);
  onTheme(redraw, signal);
  signal.addEventListener("abort", () => {
    motion.abort();
    resized.disconnect();
    purge(plot);
  });

  return {
    element,
    plot,
    drawn: () => shown !== "",
    async show(next, moving = false) {
      const json = JSON.stringify(next);
      if (json === shown) return;
      motion.abort();
      motion = new AbortController();
      const { signal: own } = motion;
      if (moving) await moveMarks(plot, series.applied(next).data, own);
      if (own.aborted) return;
      figure = next;
      state.replaceChildren();
      sliders.update(next);
      tell();
      await redraw();
      files.hidden = false;
      shown = json;
    },
    busy: (is) => frame.setAttribute("aria-busy", String(is)),
    note(detail) {
      stale.hidden = detail === null;
      text(stale, detail === null ? "" : `This figure is not up to date: ${detail}`);
    },
    instead(kind, content) {
      element.dataset.ready = kind;
      replace(state, content);
    },
  };
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
