/** A score with its interval on a ruler from −1 to 1, large enough for a projector. */

import { h, svg } from "../dom.js";
import { interval, score } from "../format.js";

const TICKS = [-1, -0.5, 0, 0.5, 1];

/** @param {number} value @returns {number} in percent from the left */
const place = (value) => ((value + 1) / 2) * 100;

/** @returns {{ element: HTMLElement, update: (value: number | null, low: number | null, high: number | null) => void }} */
export function scoreRuler() {
  const band = svg("rect", { class: "ruler-band", y: 4, height: 12, rx: 3 });
  const mark = svg("circle", { class: "ruler-mark", cy: 10, r: 7 });
  const drawing = svg(
    "svg",
    { class: "ruler-drawing", role: "img", width: "100%", height: 24, "aria-label": "No score yet" },
    svg("line", { class: "ruler-base", x1: "0%", x2: "100%", y1: 20, y2: 20 }),
    ...TICKS.map((tick) => svg("line", { class: tick === 0 ? "ruler-zero" : "ruler-tick", x1: `${place(tick)}%`, x2: `${place(tick)}%`, y1: tick === 0 ? 0 : 14, y2: 24 })),
    band,
    mark,
  );
  const scale = h("p", { class: "ruler-scale", "aria-hidden": "true" }, ...TICKS.map((tick) => h("span", {}, score(tick, Number.isInteger(tick) ? 0 : 1))));
  return {
    element: h("div", { class: "ruler" }, drawing, scale),
    update(value, low, high) {
      const known = value !== null && low !== null && high !== null;
      band.toggleAttribute("hidden", !known);
      mark.toggleAttribute("hidden", !known);
      drawing.setAttribute("aria-label", known ? `Score ${score(value)} on a ruler from −1 to 1, interval ${interval(low, high)}` : "No score yet");
      if (!known) return;
      band.setAttribute("x", `${place(low)}%`);
      band.setAttribute("width", `${place(high) - place(low)}%`);
      mark.setAttribute("cx", `${place(value)}%`);
    },
  };
}
