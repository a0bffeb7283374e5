/** Small charts in SVG: a frame with axes that fits its room, and curves with bands. */

import { h, svg } from "../js/dom.js";

/** @typedef {{ value: number, name: string }} Tick */
/** @typedef {{ ticks: Tick[], from: number, to: number, log?: boolean, title: string }} Axis */
/** @typedef {(value: number) => number} Scale from a value to a pixel */

/**
 * @typedef {object} Frame
 * @property {SVGSVGElement} element
 * @property {Scale} x
 * @property {Scale} y
 * @property {{ left: number, top: number, width: number, height: number }} plot where the data go
 */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} color
 * @property {readonly (readonly [x: number, y: number, low: number, high: number])[]} points
 */

const MARGIN = { right: 12, top: 10, bottom: 40 };
const LETTER = 7; // about how wide a digit of a tick is
const RADIUS = 4;

/** Shapes around (0, 0), so that lines stay apart without their color. */
const SYMBOLS = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
  "M-4 -4H4V4H-4Z",
  "M0 -5.5 5.5 0 0 5.5 -5.5 0Z",
  "M0 -5 5 4H-5Z",
  "M-4 -4 4 4M4 -4 -4 4",
  "M0 5 5 -4H-5Z",
];

/**
 * A place for a chart that is drawn again when its width changes.
 * @param {string} kind class of the element
 * @param {number} height in pixels
 * @returns {{ element: HTMLDivElement, show: (draw: (width: number, height: number) => Element) => void }}
 */
export function chart(kind, height) {
  const element = h("div", { class: `chart ${kind}` });
  /** @type {((width: number, height: number) => Element) | null} */
  let draw = null;
  let width = 0;
  const redraw = () => {
    width = element.clientWidth;
    if (draw && width > 0) element.replaceChildren(draw(width, height));
  };
  new ResizeObserver(() => {
    if (element.clientWidth !== width) redraw();
  }).observe(element);
  return {
    element,
    show(next) {
      draw = next;
      redraw();
    },
  };
}

/**
 * Draw axes with ticks and titles.
 * @param {number} width
 * @param {number} height
 * @param {Axis} horizontal
 * @param {Axis} vertical
 * @param {string} summary what a reader who cannot see it should know
 * @returns {Frame}
 */
export function frame(width, height, horizontal, vertical, summary) {
  const left = 26 + LETTER * Math.max(...vertical.ticks.map(({ name }) => name.length));
  const plot = { left, top: MARGIN.top, width: width - left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const [right, bottom] = [plot.left + plot.width, plot.top + plot.height];
  const x = scale(horizontal, plot.left, right);
  const y = scale(vertical, bottom, plot.top);
  const element = svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": summary },
    ...vertical.ticks.map(({ value, name }) =>
      svg(
        "g",
        {},
        svg("line", { class: "chart-grid", x1: plot.left, x2: right, y1: y(value), y2: y(value) }),
        svg("text", { x: plot.left - 6, y: y(value) + 4, "text-anchor": "end" }, name),
      ),
    ),
    svg("line", { class: "chart-axis", x1: plot.left, x2: right, y1: bottom, y2: bottom }),
    ...apart(horizontal.ticks, x).map(({ value, name }) =>
      svg(
        "g",
        {},
        svg("line", { class: "chart-axis", x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4 }),
        svg("text", { x: x(value), y: bottom + 17, "text-anchor": "middle" }, name),
      ),
    ),
    svg("text", { x: plot.left + plot.width / 2, y: height - 4, "text-anchor": "middle" }, horizontal.title),
    svg("text", { transform: `translate(11 ${plot.top + plot.height / 2}) rotate(-90)`, "text-anchor": "middle" }, vertical.title),
  );
  return { element, x, y, plot };
}

/**
 * @param {Axis} axis
 * @param {number} first pixel
 * @param {number} last
 * @returns {Scale}
 */
function scale({ from, to, log }, first, last) {
  const warp = log ? Math.log : (/** @type {number} */ value) => value;
  const span = warp(to) - warp(from) || 1;
  return (value) => first + ((warp(value) - warp(from)) / span) * (last - first);
}

/**
 * Leave out ticks whose names would touch.
 * @param {Tick[]} ticks
 * @param {Scale} x
 */
function apart(ticks, x) {
  let end = -Infinity;
  return ticks.filter(({ value, name }) => {
    const half = name.length * 3.6;
    if (x(value) - half < end) return false;
    end = x(value) + half + 6;
    return true;
  });
}

/**
 * Ticks at round numbers.
 * @param {number} from
 * @param {number} to
 * @param {number} [about] how many
 * @param {(value: number) => string} [print]
 * @returns {Tick[]}
 */
export function roundTicks(from, to, about = 5, print = (value) => value.toLocaleString("en").replace("-", "−")) {
  const rough = (to - from) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_tick, at) => (first + at) * step)
    .map((value) => Number(value.toPrecision(12)))
    .map((value) => ({ value, name: print(value) }));
}

/**
 * @param {string} sizeName such as "width"
 * @param {readonly number[]} sizes
 * @returns {Axis}
 */
export function sizeAxis(sizeName, sizes) {
  const [first = 1, last = 1] = [sizes[0], sizes.at(-1)];
  const room = (last / first) ** 0.04;
  const ticks = sizes.map((value) => ({ value, name: value.toLocaleString("en") }));
  return { ticks, from: first / room, to: last * room, log: first > 0, title: `model size (${sizeName})` };
}

/**
 * Draw curves with their bands into a frame.
 * @param {Frame} frame
 * @param {readonly Line[]} lines
 */
export function drawLines({ element, x, y }, lines) {
  const place = (/** @type {number} */ a, /** @type {number} */ b) => `${x(a).toFixed(1)} ${y(b).toFixed(1)}`;
  lines.forEach(({ color, points }, at) => {
    if (points.length === 0) return;
    const upper = points.map(([a, , , high]) => place(a, high));
    const lower = points.map(([a, , low]) => place(a, low)).reverse();
    element.append(
      svg("path", { d: `M${[...upper, ...lower].join("L")}Z`, fill: color, opacity: 0.18 }),
      svg("path", { d: `M${points.map(([a, b]) => place(a, b)).join("L")}`, fill: "none", stroke: color, "stroke-width": 2 }),
      ...points.map(([a, b]) => svg("path", { d: symbol(at), transform: `translate(${place(a, b)})`, fill: color, stroke: color, "stroke-width": 1.5 })),
    );
  });
}

/** @param {number} number of the line */
const symbol = (number) => SYMBOLS[number % SYMBOLS.length] ?? "";

/**
 * @param {readonly Pick<Line, "name" | "color">[]} lines
 * @returns {HTMLElement}
 */
export function legend(lines) {
  const size = 2 * RADIUS + 6;
  return h(
    "ul",
    { class: "chart-legend" },
    ...lines.map(({ name, color }, at) =>
      h(
        "li",
        {},
        svg(
          "svg",
          { width: size, height: size, viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`, "aria-hidden": "true" },
          svg("path", { d: symbol(at), fill: color, stroke: color, "stroke-width": 1.5 }),
        ),
        name,
      ),
    ),
  );
}
