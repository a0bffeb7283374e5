/** The small drawing on an experiment's card: a histogram of scores, or lines and their names, with the axes' words. */

import { h, replace, svg, text } from "../dom.js";

/** @import { HistogramPreview, LinesPreview, Preview } from "../../types/api.js" */

/**
 * @typedef {object} Drawing
 * @property {string} label
 * @property {SVGElement[]} marks
 * @property {[first: string, title: string, last: string]} axis
 * @property {{ name: string, color: string }[]} key what its lines are
 */

const WIDTH = 200;
const HEIGHT = 56;
const THRESHOLD = 0.25;

/** @returns {{ element: HTMLElement, update: (preview: Preview | null) => void }} */
export function previewDrawing() {
  const drawing = svg("svg", { class: "preview", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" });
  const words = [h("span", {}), h("span", {}), h("span", {})];
  const axis = h("p", { class: "preview-axis", "aria-hidden": "true" }, ...words);
  const key = h("ul", { class: "preview-key", "aria-hidden": "true" });
  let drawn = "";
  return {
    element: h("div", { class: "preview-frame" }, drawing, axis, key),
    update(preview) {
      const state = JSON.stringify(preview);
      if (state === drawn) return;
      drawn = state;
      const made = preview && (preview.kind === "lines" ? lines(preview) : histogram(preview));
      drawing.setAttribute("aria-label", made?.label ?? "No results yet");
      replace(drawing, ...(made?.marks ?? []), baseline());
      axis.hidden = made === null;
      words.forEach((word, at) => text(word, made?.axis[at] ?? ""));
      key.hidden = !made?.key.length;
      replace(key, ...(made?.key ?? []).map(({ name, color }) => h("li", {}, swatch(color), name)));
    },
  };
}

/**
 * Bars in square-root scale, since the mode near zero dwarfs everything else.
 * @param {HistogramPreview} preview
 * @returns {Drawing}
 */
function histogram({ size, counts, edges }) {
  const total = counts.reduce((sum, value) => sum + value, 0);
  const first = edges[0] ?? 0;
  const span = (edges.at(-1) ?? 1) - first;
  const top = Math.sqrt(Math.max(1, ...counts));
  const marks = counts.map((value, bin) => {
    const left = (((edges[bin] ?? 0) - first) / span) * WIDTH;
    const right = (((edges[bin + 1] ?? 0) - first) / span) * WIDTH;
    const height = (Math.sqrt(value) / top) * (HEIGHT - 4);
    const side = (edges[bin] ?? 0) >= THRESHOLD ? "high" : "low";
    return svg("rect", {
      class: `preview-${side}`,
      x: left + 0.75,
      y: HEIGHT - 1 - height,
      width: Math.max(0, right - left - 1.5),
      height,
    });
  });
  return { label: `Histogram of ${total} memorization scores at size ${size}`, marks, axis: ["0", "memorization", "1"], key: [] };
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
  const title = `${y_title} over ${x_title}`;
  return { label: `${title}: ${all.map(({ name }) => name).join(", ")}`, marks, axis: [short(left), title, short(right)], key: all };
}

/** @param {string} color */
const swatch = (color) => svg("svg", { class: "swatch", viewBox: "0 0 8 8" }, svg("circle", { cx: 4, cy: 4, r: 4, fill: color }));

/** @param {number[]} values @returns {[low: number, high: number]} */
const range = (values) => (values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1]);

/** Where a value stands between two others, 0 to 1. @param {number} value @param {number} low @param {number} high */
const place = (value, low, high) => (high > low ? (value - low) / (high - low) : 0.5);

/** @param {number} value */
const short = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });

function baseline() {
  return svg("line", { class: "preview-base", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 });
}
