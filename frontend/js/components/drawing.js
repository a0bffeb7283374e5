/** A figure made on the page: drawn again when its room or the theme changes, released when the page goes. */

import { h } from "../dom.js";
import { draw, purge } from "../plot.js";
import { onTheme } from "../theme.js";

/**
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, show: (make: (width: number) => PlotlyFigure) => Promise<void> }} `make` gets the
 *   width in pixels and is asked again for another theme
 */
export function drawing(signal) {
  const element = h("div", { class: "plot", "data-ready": "false" });
  /** @type {((width: number) => PlotlyFigure) | null} */
  let make = null;
  let width = 0;

  const redraw = async () => {
    if (!make || signal.aborted || element.clientWidth === 0) return;
    width = element.clientWidth;
    const figure = make(width);
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
    async show(next) {
      make = next;
      await redraw();
    },
  };
}
