/** Which color of a drawing is what, as a line of the page: it takes no room from the drawing, and wraps. */

import { h, replace } from "../dom.js";

/** @param {Record<string, any>} trace */
const colorOf = ({ marker = {}, line = {} }) => line.color ?? marker.color;

/** @returns {{ element: HTMLElement, update: (figure: PlotlyFigure) => void }} */
export function figureKey() {
  const element = h("ul", { class: "figure-key" });
  let made = "";
  return {
    element,
    update({ data }) {
      const entries = data.filter(({ showlegend, name }) => showlegend !== false && name);
      element.hidden = entries.length === 0;
      const state = JSON.stringify(entries.map((trace) => [trace.name, colorOf(trace)]));
      if (state === made) return;
      made = state;
      replace(element, ...entries.map((trace) => h("li", {}, swatch(trace), h("bdi", {}, String(trace.name)))));
    },
  };
}

/** @param {Record<string, any>} trace */
function swatch(trace) {
  const mark = h("span", { class: trace.type === "bar" ? "swatch" : "swatch swatch-line", "aria-hidden": "true" });
  mark.style.setProperty("--swatch", colorOf(trace));
  return mark;
}
