/** One type of trajectory: its shape, what it means, and how many examples have it, by noise alone too. */

import { h, refer, svg, text } from "../dom.js";
import { counted } from "../format.js";

/** @import { Trajectory } from "../../types/api.js" */

/**
 * @typedef {object} TypeCount
 * @property {Trajectory} type
 * @property {number} n all examples
 * @property {number} count those of this type
 * @property {number | null} flipped those of them with a flipped label, null while that is not known
 * @property {number | null} placebo share that noise alone would give, null where it is not defined
 */

/** A line in a square of 24, and the rule in plain words. @type {Record<Trajectory, { shape: string, rule: string }>} */
const TYPES = {
  constant: { shape: "M2 12H22", rule: "No two sizes differ by the threshold, and the intervals rule out twice as much." },
  increasing: { shape: "M2 20C12 20 12 4 22 4", rule: "More and more memorized by larger models: the line through all sizes rises, and nothing falls by the threshold." },
  decreasing: { shape: "M2 4C12 4 12 20 22 20", rule: "Less and less memorized by larger models: the line through all sizes falls, and nothing rises by the threshold." },
  "cap-shaped": { shape: "M2 20C8 20 6 4 12 4S16 20 22 20", rule: "Rises over the first sizes and falls over the last ones." },
  "u-shaped": { shape: "M2 4C8 4 6 20 12 20S16 4 22 4", rule: "Falls over the first sizes and rises over the last ones." },
  unresolved: { shape: "M2 8L7 15L12 9L17 16L22 11", rule: "The intervals are too wide for any of the others." },
};

/**
 * @param {(type: Trajectory) => string} href of the gallery of a type
 * @returns {(item: TypeCount) => import("../dom.js").Component<TypeCount>}
 */
export function trajectoryCard(href) {
  return ({ type }) => {
    const { shape, rule } = TYPES[type];
    const share = h("span", { class: "type-share" });
    const count = h("span", { class: "type-count" });
    const bar = h("span", { class: "type-bar" });
    const mark = h("span", { class: "type-placebo" });
    const noise = h("p", { class: "type-noise" });
    const link = h(
      "a",
      { class: "type-link" },
      h("span", { class: "type-head" }, glyph(shape), h("b", {}, type), share),
      h("span", { class: "type-track", "aria-hidden": "true" }, bar, mark),
      count,
    );
    const element = h("li", { class: "type", "data-trajectory": type }, link, h("p", { class: "type-rule" }, rule), noise);
    return {
      element,
      update({ n, count: examples, flipped, placebo }) {
        refer(link, href(type));
        element.dataset.count = String(examples);
        text(share, percentage(examples / Math.max(n, 1)));
        text(count, examples === 0 ? "No examples" : `See ${counted(examples, "example")}${flipped ? `, ${counted(flipped, "flipped label")}` : ""}`);
        bar.style.width = `${(100 * examples) / Math.max(n, 1)}%`;
        mark.hidden = placebo === null;
        mark.style.left = `${100 * (placebo ?? 0)}%`;
        text(noise, placebo === null ? "No placebo" : `Placebo: ${percentage(placebo)}`);
      },
    };
  };
}

/** A share to a tenth of a percent, where a percent would hide how rare it is. @param {number} share */
const percentage = (share) => (share > 0 && share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);

/** @param {string} shape */
function glyph(shape) {
  return svg("svg", { class: "type-glyph", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: shape }));
}
