/** A figure of an experiment: fetched with the view and with what readers change in it, drawn in its frame. */

import { aborted, api, reason } from "../api.js";
import { h } from "../dom.js";
import { openCells } from "./cells.js";
import { figureControls } from "./figure-controls.js";
import { figureFrame } from "./figure-frame.js";
import { noResultsYet, notice } from "./notice.js";

/** @import { Experiment, FigureInfo } from "../../types/api.js" */
/** @typedef {Pick<FigureInfo, "name" | "title" | "description"> & { controls?: FigureInfo["controls"] }} Info */

/**
 * @typedef {object} FigurePanel
 * @property {HTMLElement} element
 * @property {PlotlyElement} plot
 * @property {(query: string) => Promise<void>} load fetch and draw; the old drawing stays until then
 * @property {(figure: PlotlyFigure) => Promise<void>} move draw another one whose marks are the same, as they go to their heights
 * @property {(experiment: Experiment) => void} wait say that there are no results to draw yet
 */

/**
 * @param {string} id of the experiment
 * @param {Info} info
 * @param {AbortSignal} signal
 * @param {object} [options]
 * @param {(query: string, signal: AbortSignal) => Promise<PlotlyFigure>} [options.fetchFigure] a figure of the experiment's study if absent
 * @param {"h2" | "h3"} [options.level] of its heading
 * @param {HTMLElement} [options.controls] of the page's own
 * @param {HTMLElement} [options.folded] as in the figure's frame
 * @param {import("../store.js").Store} [options.store] keeps what readers change in it; without one, its controls are the page's
 * @returns {FigurePanel}
 */
export function figurePanel(id, info, signal, { fetchFigure = (query, current) => api.figure(id, info.name, query, current), level = "h2", store, controls: own, folded } = {}) {
  const controls = store ? figureControls(info, store, () => asked !== null && load(asked), signal) : null;
  const present = store ? () => store.set({ present: info.name }) : null;
  const frame = figureFrame(info, `${id}-${info.name}`, signal, { level, controls: controls?.element ?? own, folded, present });
  if (store) openCells(frame.plot, id);
  /** The query that was asked for last, without controls. @type {string | null} */
  let asked = null;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /** @param {unknown} error */
  const explain = (error) => {
    const detail = reason(error);
    if (frame.drawn()) return frame.note(detail);
    const retry = h("button", { type: "button", class: "button", onclick: () => load(asked ?? "") }, "Try again");
    frame.instead("failed", notice({ title: "This figure could not be drawn", detail, kind: "failed" }, retry));
  };

  /** @param {string} query */
  const load = async (query) => {
    request.abort();
    request = new AbortController();
    asked = query;
    const { signal: current } = request;
    frame.busy(true);
    try {
      await frame.show(await fetchFigure(controls ? controls.added(query) : query, current));
      frame.note(null);
      controls?.mark(null);
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      controls?.mark(error);
      explain(error);
    }
    frame.busy(false);
  };

  return {
    element: frame.element,
    plot: frame.plot,
    move(figure) {
      request.abort(); // what is on its way would come too late
      return frame.show(figure, true);
    },
    wait(experiment) {
      frame.busy(false);
      if (!frame.drawn()) frame.instead("empty", noResultsYet(experiment, "They appear as soon as the first units are done."));
    },
    load,
  };
}
