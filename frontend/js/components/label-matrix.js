/** Given labels against held-out answers, as a figure whose cells open their pictures. */

import { figurePanel } from "./figure.js";

/**
 * @param {string} id of the experiment
 * @param {import("./figure.js").Info} info
 * @param {(label: number, answer: number) => void} choose
 * @param {AbortSignal} signal
 * @returns {import("./figure.js").FigurePanel}
 */
export function labelMatrix(id, info, choose, signal) {
  const panel = figurePanel(id, info, signal);
  const listen = () => panel.plot.on("plotly_click", ({ points: [point] }) => point && choose(...point.pointIndex));
  panel.plot.addEventListener("drawn", listen, { once: true }); // plotly.js has no events before
  panel.element.hidden = true;
  return panel;
}
