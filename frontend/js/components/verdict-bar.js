/** How many claims have which verdict, as one bar: a small picture with its words. */

import { h } from "../dom.js";

/** @import { Verdicts } from "../../types/api.js" */

/** @type {[keyof Verdicts, string, string, string][]} */
const PARTS = [
  ["holds", "holds", "holds", "hold"],
  ["differs", "differs", "differs", "differ"],
  ["undecided", "undecided", "undecided", "undecided"],
  ["not_run", "not run", "not run", "not run"],
];

/** @param {Verdicts} counts */
export const verdictWords = (counts) =>
  PARTS.filter(([key]) => counts[key] > 0)
    .map(([key, , one, several]) => `${counts[key]} ${counts[key] === 1 ? one : several}`)
    .join(", ") || "no claims";

/**
 * @param {Verdicts} counts
 * @returns {HTMLElement} as wide as its place; parts are as long as their counts
 */
export function verdictBar(counts) {
  const parts = PARTS.filter(([key]) => counts[key] > 0);
  return h(
    "span",
    { class: "verdict-bar", role: "img", "aria-label": verdictWords(counts) },
    ...parts.map(([key, verdict]) => h("span", { "data-verdict": verdict, style: `flex-grow:${counts[key]}` })),
  );
}
