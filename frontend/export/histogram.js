/** The histogram of scores at one size, with the brush of Memoscope's own pages over it. */

import { brush } from "../js/components/brush.js";
import { tableTwin } from "../js/components/table-twin.js";
import { h, svg, text } from "../js/dom.js";
import { counted, score } from "../js/format.js";
import { chart, frame, legend, roundTicks } from "./chart.js";

/** @import { Histogram } from "./crossfilter.js" */
/** @import { Range } from "../js/components/brush.js" */

const GROUPS = /** @type {const} */ ([
  ["clean", "clean labels", "var(--memorization)"],
  ["flipped", "flipped labels", "var(--flipped)"],
]);
const HEIGHT = 260;

/**
 * @param {(range: Range) => void} brushed
 * @returns {{ element: HTMLElement, show: (counts: Histogram, edges: readonly number[], range: Range | null, log: boolean, few: string) => void, dragging: () => boolean }}
 */
export function scoreHistogram(brushed) {
  const bars = chart("histogram", HEIGHT);
  const plot = /** @type {PlotlyElement} */ (/** @type {unknown} */ (bars.element));
  const room = h("div", { class: "histogram-room" }, plot);
  const selection = brush(plot, { range: brushed, end: (score) => brushed([score, score]) }, new AbortController().signal);
  const facts = h("p", { class: "histogram-facts", "aria-live": "polite" });
  const key = legend(GROUPS.map(([, name, color]) => ({ name, color })));
  const twin = tableTwin("Histogram");
  return {
    element: h("figure", { class: "figure" }, h("figcaption", {}, h("h3", {}, "Memorization scores")), key, room, facts, twin.element),
    dragging: selection.dragging,
    show(counts, edges, range, log, few) {
      const summary = [describe(counts), few].filter(Boolean).join(" · ");
      key.hidden = !counts.flipped.some((count) => count > 0);
      bars.show((width, height) => {
        const drawn = draw(width, height, counts, edges, log, summary);
        expose(plot, drawn, edges);
        queueMicrotask(() => plot.dispatchEvent(new Event("drawn"))); // once it is in place
        return drawn.element;
      });
      selection.setEdges(edges);
      selection.setRange(range);
      text(facts, summary);
      const flips = counts.flipped.some((count) => count > 0);
      twin.update("", () => ({
        columns: ["score from", "to", ...(flips ? ["clean labels", "flipped labels"] : ["examples"])],
        rows: counts.clean.map((count, bin) => [edges[bin] ?? null, edges[bin + 1] ?? null, count, ...(flips ? [counts.flipped[bin] ?? 0] : [])]),
      }));
    },
  };
}

/** @param {Histogram} counts */
function describe({ n, missing, below_01: low, above_09: high }) {
  const parts = [counted(n, "score")];
  if (low !== null && high !== null) parts.push(`${exact(low)} below 0.1`, `${exact(high)} above 0.9`);
  if (missing > 0) parts.push(`${counted(missing, "example")} without a score yet`);
  return parts.join(" · ");
}

/** @param {number} share */
const exact = (share) => `${(100 * share).toFixed(1)} %`;

/**
 * @param {number} width
 * @param {number} height
 * @param {Histogram} counts
 * @param {readonly number[]} edges
 * @param {boolean} log
 * @param {string} summary
 */
function draw(width, height, counts, edges, log, summary) {
  const [first = 0, last = 1] = [edges[0], edges.at(-1)];
  const top = Math.max(1, ...counts.clean.map((count, bin) => count + (counts.flipped[bin] ?? 0)));
  const drawn = frame(
    width,
    height,
    { ticks: roundTicks(first, 1), from: first, to: last, title: "memorization score" },
    log
      ? { ticks: powers(top), from: 0.5, to: top * 1.3, log, title: "examples, logarithmic" }
      : { ticks: roundTicks(0, top, 4), from: 0, to: top * 1.03, title: "examples" },
    `Histogram of memorization scores: ${summary}`,
  );
  const floor = drawn.plot.top + drawn.plot.height;
  const y = (/** @type {number} */ count) => (count > 0 ? drawn.y(count) : floor);
  counts.clean.forEach((clean, bin) => {
    const [from = 0, to = 0] = [edges[bin], edges[bin + 1]];
    const stacks = [0, clean, clean + (counts.flipped[bin] ?? 0)];
    GROUPS.forEach(([, name, color], at) => {
      const [low = 0, high = 0] = [stacks[at], stacks[at + 1]];
      if (high === low) return;
      const [left, right] = [drawn.x(from) + 0.5, drawn.x(to) - 0.5];
      const title = svg("title", {}, `${counted(high - low, "example")} with ${name}, score ${score(from)} to ${score(to)}`);
      drawn.element.append(svg("rect", { x: left, width: Math.max(1, right - left), y: y(high), height: Math.max(0, y(low) - y(high)), fill: color }, title));
    });
  });
  return drawn;
}

/**
 * Powers of ten up to a number.
 * @param {number} top
 */
function powers(top) {
  return Array.from({ length: Math.floor(Math.log10(top)) + 1 }, (_power, at) => ({ value: 10 ** at, name: (10 ** at).toLocaleString("en") }));
}

/**
 * Say where the axes are in the way plotly.js does, which is what the brush reads.
 * @param {PlotlyElement} plot
 * @param {import("./chart.js").Frame} drawn
 * @param {readonly number[]} edges
 */
function expose(plot, { plot: { left, top, width, height }, x }, edges) {
  const [from = 0, to = 1] = [edges[0], edges.at(-1)];
  const axis = {
    _offset: left,
    _length: width,
    range: /** @type {[number, number]} */ ([from, to]),
    l2p: (/** @type {number} */ value) => x(value) - left,
    p2l: (/** @type {number} */ pixel) => from + (pixel / width) * (to - from),
  };
  plot._fullLayout = { xaxis: axis, yaxis: { ...axis, _offset: top, _length: height } };
}
