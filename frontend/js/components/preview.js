/** The small drawing on an experiment's card: a histogram of scores, or lines and their names, with both axes told. */

import { h, replace, svg, text } from "../dom.js";
import { counted } from "../format.js";

/** @import { HistogramPreview, LinesPreview, Preview } from "../../types/api.js" */

/**
 * @typedef {object} Drawing
 * @property {string} label
 * @property {SVGElement[]} marks
 * @property {string} axes what is drawn over what, from where to where and on which scale
 * @property {{ at: number, name: string }[]} ticks on the horizontal axis: where from 0, its left end, to 1
 * @property {{ name: string, color: string }[]} key what its lines are
 */

const WIDTH = 200;
const HEIGHT = 56;
const THRESHOLD = 0.25;
const LEAST_BAR = 0.5; // the count at the foot of a logarithmic axis, so that a single example is seen
const NEGATIVE = 0.1; // how far below 0 scores have to go for their lowest end to have room of its own beside 0

/** @returns {{ element: HTMLElement, update: (preview: Preview | null) => void }} */
export function previewDrawing() {
  const drawing = svg("svg", { class: "preview", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" });
  const axes = h("p", { class: "preview-axes", "aria-hidden": "true" });
  const ticks = h("p", { class: "preview-ticks", "aria-hidden": "true" });
  const key = h("ul", { class: "preview-key", "aria-hidden": "true" });
  let drawn = "";
  return {
    element: h("div", { class: "preview-frame" }, axes, drawing, ticks, key),
    update(preview) {
      const state = JSON.stringify(preview);
      if (state === drawn) return;
      drawn = state;
      const made = preview && (preview.kind === "lines" ? lines(preview) : histogram(preview));
      drawing.setAttribute("aria-label", made?.label ?? "No results yet");
      replace(drawing, ...(made?.marks ?? []), baseline());
      axes.hidden = made === null;
      ticks.hidden = made === null;
      text(axes, made?.axes ?? "");
      replace(ticks, ...(made?.ticks ?? []).map(tick));
      key.hidden = !made?.key.length;
      replace(key, ...(made?.key ?? []).map(({ name, color }) => h("li", {}, swatch(color), name)));
    },
  };
}

/**
 * Bars on a logarithmic scale, since the mode near zero dwarfs everything else.
 * @param {HistogramPreview} preview
 * @returns {Drawing}
 */
function histogram({ size, counts, edges }) {
  const total = counts.reduce((sum, value) => sum + value, 0);
  const first = edges[0] ?? 0;
  const last = edges.at(-1) ?? 1;
  const most = Math.max(1, ...counts);
  const at = (/** @type {number} */ score) => (score - first) / (last - first);
  const marks = counts.map((value, bin) => {
    const left = at(edges[bin] ?? 0) * WIDTH;
    const right = at(edges[bin + 1] ?? 0) * WIDTH;
    const height = value > 0 ? (Math.log(value / LEAST_BAR) / Math.log(most / LEAST_BAR)) * (HEIGHT - 4) : 0;
    const side = (edges[bin] ?? 0) >= THRESHOLD ? "high" : "low";
    return svg("rect", {
      class: `preview-${side}`,
      x: left + 0.75,
      y: HEIGHT - 1 - height,
      width: Math.max(0, right - left - 1.5),
      height,
    });
  });
  const ticks = [0, 1].map((score) => ({ at: at(score), name: String(score) }));
  if (first <= -NEGATIVE) ticks.unshift({ at: 0, name: short(first) });
  const label = `Histogram of ${total} memorization scores at size ${size}`;
  return { label, marks, axes: `1 to ${counted(most, "example")} (log) over memorization`, ticks, key: [] };
}

/**
 * @param {LinesPreview} preview
 * @returns {Drawing}
 */
function lines({ x_title, y_title, lines: all }) {
  const [left, right] = range(all.flatMap(({ x }) => x));
  const [low, high] = range(all.flatMap(({ y }) => y));
  const marks = all.map(({ name, color, x, y }) => {
    const points = x.map((value, at) => [place(value, left, right) * WIDTH, HEIGHT - 4 - place(y[at] ?? low, low, high) * (HEIGHT - 8)]);
    const [[first = 0, height = 0] = []] = points;
    const lone = points.length === 1; // drawn as a line too short to see, whose round ends make a dot
    const path = lone ? [[first, height], [first + 0.01, height]] : points;
    return svg(
      "polyline",
      { class: lone ? "preview-line preview-dot" : "preview-line", stroke: color, points: path.map((point) => point.join()).join(" ") },
      svg("title", {}, name),
    );
  });
  const axes = `${y_title} ${short(low)}${high > low ? ` to ${short(high)}` : ""} (linear) over ${x_title}`;
  const ticks = [left, ...(right > left ? [right] : [])].map((value) => ({ at: right > left ? place(value, left, right) : 0.5, name: short(value) }));
  return { label: `${y_title} over ${x_title}: ${all.map(({ name }) => name).join(", ")}`, marks, axes, ticks, key: all };
}

/** @param {{ at: number, name: string }} mark */
function tick({ at, name }) {
  const element = h("span", { class: "preview-tick" }, name);
  element.style.left = `${100 * at}%`;
  element.style.translate = `${-100 * at}% 0`; // at the ends it stands within
  return element;
}

/** @param {string} color */
const swatch = (color) => svg("svg", { class: "swatch", viewBox: "0 0 8 8" }, svg("circle", { cx: 4, cy: 4, r: 4, fill: color }));

/** @param {number[]} values @returns {[low: number, high: number]} */
const range = (values) => (values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1]);

/** Where a value stands between two others, 0 to 1. @param {number} value @param {number} low @param {number} high */
const place = (value, low, high) => (high > low ? (value - low) / (high - low) : 0.5);

/** @param {number} value */
const short = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 }).replace("-", "−");

function baseline() {
  return svg("line", { class: "preview-base", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 });
}
