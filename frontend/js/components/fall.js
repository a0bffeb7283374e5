/** All examples of an experiment, fallen into the histogram of their scores: dots, each for so many of them. */

import { h, svg } from "../dom.js";
import { counted, percent } from "../format.js";
import { heap } from "../heap.js";

/** @import { Histogram } from "../../types/api.js" */

const WIDTH = 1000;
const HEIGHT = 270;
const LONGEST_MS = 1400; // until the last dot lets go
const MEMORIZED = 0.25; // where verdicts divide scores

/**
 * @param {Histogram} histogram
 * @returns {HTMLElement} falls when it is put into the page
 */
export function fall({ edges, counts, n, below_01: low, above_09: high }) {
  const { each, size, dots } = heap(counts, WIDTH, HEIGHT);
  const first = edges[0] ?? 0;
  const last = edges.at(-1) ?? 1;
  const marks = dots.map(({ bin, x, y }, at) =>
    svg("circle", {
      class: (edges[bin] ?? 0) >= MEMORIZED ? "fallen fallen-high" : "fallen fallen-low",
      cx: x,
      cy: y,
      r: size * 0.42,
      style: `--wait:${Math.round(((at * 7919) % dots.length) / dots.length * LONGEST_MS)}ms`,
    }),
  );
  const label = `Histogram of ${counted(n, "score")}: ${percent(low)} are below 0.1, ${percent(high)} above 0.9`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((tick) => h("span", { style: `left:${((tick - first) / (last - first)) * 100}%` }, String(tick)));
  return h(
    "div",
    { class: "fall" },
    svg("svg", { class: "fall-drawing", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, ...marks, svg("line", { class: "ruler-base", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 })),
    h("p", { class: "fall-ticks", "aria-hidden": "true" }, ...ticks),
    h(
      "div",
      { class: "fall-peaks" },
      h("p", {}, h("b", {}, percent(low)), " score below 0.1: nobody had to learn them by heart."),
      h("p", {}, h("b", {}, percent(high)), " score above 0.9: only models that saw them get them right."),
    ),
    h("p", { class: "quiet" }, each > 1 ? `One dot stands for about ${each} of ${counted(n, "example")}, and for one at least.` : `One dot for each of ${counted(n, "example")}.`),
  );
}
