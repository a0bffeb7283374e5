/** The histogram of scores at one size, with the brush of Memoscope's own pages over it. */

import { brush } from "../js/components/brush.js";
import { tableTwin } from "../js/components/table-twin.js";
import { h, svg, text } from "../js/dom.js";
import { count, counted, score } from "../js/format.js";
import { chart, frame, legend, roundTicks } from "./chart.js";

/** @import { Histogram } from "./crossfilter.js" */
/** @import { Range } from "../js/components/brush.js" */

const GROUPS = /** @type {const} */ ([
  ["clean", "clean labels", "var(--memorization)"],
  ["flipped", "flipped labels", "var(--flipped)"],
]);
const HEIGHT = 260;
const COLUMN = 0.08; // how wide the columns of exactly 0 and 1 are, in the range of scores, and how far beside the bins
const GAP = 0.03;
const TALLEST = 3; // a column that many times as tall as the tallest bin is cut off; its count is printed

/**
 * @param {Parameters<typeof brush>[1]} report
 * @returns {{ element: HTMLElement, show: (counts: Histogram, edges: readonly number[], range: Range | null, log: boolean, few: string) => void, dragging: () => boolean }}
 */
export function scoreHistogram(report) {
  const bars = chart("histogram", HEIGHT);
  const plot = /** @type {PlotlyElement} */ (/** @type {unknown} */ (bars.element));
  const room = h("div", { class: "histogram-room" }, plot);
  const selection = brush(plot, report, new AbortController().signal);
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
        rows: counts.clean.map((clean, place) => [...ends(edges, place), clean, ...(flips ? [counts.flipped[place] ?? 0] : [])]),
      }));
    },
  };
}

/**
 * Between which scores a place of the counts lies.
 * @param {readonly number[]} edges
 * @param {number} place
 */
function ends(edges, place) {
  const bins = edges.length - 1;
  return place < bins ? [edges[place] ?? null, edges[place + 1] ?? null] : [place - bins, place - bins];
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
  const bins = edges.length - 1;
  const [column, gap] = [COLUMN * (last - first), GAP * (last - first)];
  const from = [first - gap - column, last + gap];
  const totals = counts.clean.map((clean, place) => clean + (counts.flipped[place] ?? 0));
  const [bin, end] = [Math.max(0, ...totals.slice(0, bins)), Math.max(...totals.slice(bins))];
  const top = Math.max(1, !log && bin > 0 && end > TALLEST * bin ? bin * 1.3 : Math.max(bin, end));
  const sides = from.map((left, value) => ({ value: left + column / 2, name: `= ${value}` }));
  const drawn = frame(
    width,
    height,
    { ticks: [...sides.slice(0, 1), ...roundTicks(first, 1), ...sides.slice(1)], from: (from[0] ?? 0) - gap, to: last + 2 * gap + column, title: "memorization score" },
    log
      ? { ticks: powers(top), from: 0.5, to: top * 1.3, log, title: "examples, logarithmic" }
      : { ticks: roundTicks(0, top, 4), from: 0, to: top * 1.1, title: "examples" },
    `Histogram of memorization scores: ${summary}`,
  );
  const floor = drawn.plot.top + drawn.plot.height;
  const y = (/** @type {number} */ count) => (count > 0 ? drawn.y(Math.min(count, top)) : floor);
  counts.clean.forEach((clean, place) => {
    const apart = place >= bins;
    const [left, right] = apart ? [from[place - bins] ?? 0, (from[place - bins] ?? 0) + column] : [edges[place] ?? 0, edges[place + 1] ?? 0];
    const [low, high] = ends(edges, place);
    const scores = apart ? `exactly ${low}` : `${score(low)} to ${score(high)}`;
    const stacks = [0, clean, totals[place] ?? 0];
    GROUPS.forEach(([, name, color], at) => {
      const [lower = 0, upper = 0] = [stacks[at], stacks[at + 1]];
      if (upper === lower) return;
      const [start, stop] = [drawn.x(left) + 0.5, drawn.x(right) - 0.5];
      const title = svg("title", {}, `${counted(upper - lower, "example")} with ${name}, score ${scores}`);
      drawn.element.append(
        svg("rect", { "data-end": apart, x: start, width: Math.max(1, stop - start), y: y(upper), height: Math.max(0, y(lower) - y(upper)), fill: color }, title),
      );
    });
    if (apart) drawn.element.append(svg("text", { x: drawn.x(left + column / 2), y: y(totals[place] ?? 0) - 3, "text-anchor": "middle" }, `${count(totals[place] ?? 0)}${(totals[place] ?? 0) > top ? " ↑" : ""}`));
  });
  return { ...drawn, ends: from.map((left) => /** @type {const} */ ([left, left + column])) };
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
 * @param {ReturnType<typeof draw>} drawn
 * @param {readonly number[]} edges
 */
function expose(plot, { plot: { top, height }, x, ends: [zero, one] }, edges) {
  /** @param {number} from @param {number} to */
  const axis = (from, to) => ({
    _offset: x(from),
    _length: x(to) - x(from),
    range: /** @type {[number, number]} */ ([from, to]),
    l2p: (/** @type {number} */ value) => x(value) - x(from),
    p2l: (/** @type {number} */ pixel) => from + (pixel / (x(to) - x(from))) * (to - from),
  });
  const across = axis(edges[0] ?? 0, edges.at(-1) ?? 1);
  plot._fullLayout = {
    xaxis: across,
    xaxis2: zero && axis(...zero),
    xaxis3: one && axis(...one),
    yaxis: { ...across, _offset: top, _length: height },
  };
}
