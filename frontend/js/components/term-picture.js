/** Small pictures of terms that are quicker seen than read. */

import { svg } from "../dom.js";

const WIDTH = 220;
const HEIGHT = 56;

/** @type {Record<string, () => SVGElement[]>} */
const PICTURES = {
  memorization_score: () => [
    ...row(8, 14, 10, 10, 0),
    ...row(8, 36, 10, 1, 0),
    words(124, 18, "saw it: 10/10"),
    words(124, 40, "did not: 1/10"),
  ],
  held_out: () => [...row(8, 25, 14, 14, 10), bracket(8, 136, "trained with it"), bracket(152, 208, "held out")],
  subset: () => [...row(8, 14, 14, 14, 10), ...row(8, 36, 14, 14, 4)],
  interval: () => [svg("line", { class: "picture-line", x1: 10, x2: 210, y1: 40, y2: 40 }), svg("rect", { class: "picture-band", x: 120, y: 18, width: 60, height: 12, rx: 3 }), svg("circle", { class: "picture-mark", cx: 158, cy: 24, r: 6 }), words(6, 54, "0"), words(204, 54, "1")],
  verdict: () => [
    svg("line", { class: "picture-line", x1: 70, x2: 70, y1: 2, y2: 54 }),
    ...[[100, 60], [10, 44], [46, 70]].flatMap(([x = 0, width = 0], at) => [svg("rect", { class: "picture-band", x, y: 4 + at * 17, width, height: 9, rx: 3 })]),
    words(170, 13, "yes"),
    words(170, 30, "no"),
    words(170, 47, "undecided"),
  ],
  trajectory_type: () => ["M6 30H36", "M50 44 80 12", "M94 12 124 44", "M138 44 153 12 168 44", "M182 12 197 44 212 12"].map((d) => svg("path", { class: "picture-curve", d })),
};

/**
 * @param {string} key of a term
 * @returns {SVGElement | null}
 */
export function termPicture(key) {
  const make = PICTURES[key];
  return make ? svg("svg", { class: "term-picture", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" }, ...make()) : null;
}

/**
 * A row of models: those right are filled, and from `faint` on, if it is not 0, they are only outlined.
 * @param {number} x
 * @param {number} y
 * @param {number} number
 * @param {number} right
 * @param {number} faint
 */
function row(x, y, number, right, faint) {
  return Array.from({ length: number }, (_, at) =>
    svg("circle", { class: faint && at >= faint ? "picture-faint" : at < right ? "picture-right" : "picture-wrong", cx: x + 5 + at * 11.3, cy: y, r: 4 }),
  );
}

/** @param {number} x @param {number} y @param {string} text */
const words = (x, y, text) => svg("text", { class: "picture-words", x, y }, text);

/** @param {number} from @param {number} to @param {string} text */
const bracket = (from, to, text) => svg("g", {}, svg("path", { class: "picture-line", d: `M${from} 34v5H${to}v-5`, fill: "none" }), words(from, 52, text));
