/** A figure made on the page: drawn again when its room or the theme changes, released when the page goes. */

import { h } from "../dom.js";
import { draw, purge } from "../plot.js";
import { onTheme, theme } from "../theme.js";
import { figureFiles } from "./figure-files.js";

/** @import { Table } from "../figure-table.js" */
/** @typedef {(width: number, theme: "light" | "dark") => PlotlyFigure} Make gets the width in pixels */

const SAVED_WIDTH = 1000;

/**
 * @param {{ title: string, name: string }} about what the drawing is called, and its files
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, files: HTMLElement, show: (make: Make, summary: string, table: Table) => Promise<void> }}
 *   `make` is asked again for another width or theme
 */
export function drawing({ title, name }, signal) {
  const element = h("div", { class: "plot", role: "img", "aria-label": title, "data-ready": "false" });
  /** @type {Make | null} */
  let make = null;
  /** @type {Table} */
  let table = { columns: [], rows: [] };
  const files = figureFiles(title, name, () => make && { figure: make(SAVED_WIDTH, "light"), table });
  let width = 0;

  const redraw = async () => {
    if (!make || signal.aborted || element.clientWidth === 0) return;
    width = element.clientWidth;
    const figure = make(width, theme());
    element.style.height = `${figure.layout.height}px`;
    await draw(element, figure);
    element.dataset.ready = "true";
  };

  const resized = new ResizeObserver(() => {
    if (element.clientWidth !== width) redraw();
  });
  resized.observe(element);
  onTheme(redraw, signal);
  signal.addEventListener("abort", () => {
    resized.disconnect();
    purge(element);
  });
  return {
    element,
    files,
    async show(next, summary, data) {
      make = next;
      table = data;
      element.setAttribute("aria-label", `${title}. ${summary}`);
      await redraw();
    },
  };
}
