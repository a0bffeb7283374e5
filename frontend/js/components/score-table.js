/** Counts, accuracies, score, interval and verdict of one example, a row per model size. */

import { h } from "../dom.js";
import { counted, interval, score, sentence, words } from "../format.js";
import { term } from "./term.js";
import { whisker } from "./whisker.js";

/** @import { Size } from "../../types/api.js" */

/**
 * @param {Size[]} sizes
 * @param {string} sizeName
 * @returns {{ element: HTMLElement, update: (size: Size) => void }} `update` marks the row of a size
 */
export function scoreTable(sizes, sizeName) {
  let shown = /** @type {Size} */ (sizes.at(-1));
  const at = () => `at ${sizeName} ${shown.size}`;
  const head = [
    sentence(sizeName),
    "Right when trained on",
    h("span", {}, "Right when ", term("held_out", "held out", () => `${shown.k_out} of ${counted(shown.n_out, "model")} without it are right ${at()}`)),
    term("memorization_score", "Score", () => `${shown.k_in}/${shown.n_in} − ${shown.k_out}/${shown.n_out} = ${score(shown.memorization)} ${at()}`),
    term("interval", "Interval", () => `${interval(shown.low, shown.high)} ${at()}, from ${counted(shown.n_in + shown.n_out, "model")}`),
    term("verdict", "Verdict", () => `${interval(shown.low, shown.high)} makes it ${words(shown.verdict)} ${at()}`),
  ];
  const rows = new Map(sizes.map((size) => [size.size, row(size)]));
  return {
    element: h(
      "div",
      { class: "table-frame", tabindex: 0, role: "region", "aria-label": "Scores" },
      h(
        "table",
        { class: "score-table" },
        h("thead", {}, h("tr", {}, ...head.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...rows.values()),
      ),
    ),
    update(size) {
      shown = size;
      for (const [other, element] of rows) {
        if (other === size.size) element.setAttribute("aria-current", "true");
        else element.removeAttribute("aria-current");
      }
    },
  };
}

/** @param {Size} size */
function row(size) {
  const scale = whisker();
  scale.update(size);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, size.size),
    accuracy(size.in_accuracy, size.k_in, size.n_in),
    accuracy(size.heldout_accuracy, size.k_out, size.n_out),
    h("td", { class: "number" }, h("b", {}, score(size.memorization))),
    h("td", {}, h("div", { class: "score-interval" }, scale.element, h("span", {}, interval(size.low, size.high)))),
    h("td", {}, h("span", { class: "verdict", "data-verdict": size.verdict }, words(size.verdict))),
  );
}

/**
 * @param {number | null} share
 * @param {number} right
 * @param {number} models
 */
function accuracy(share, right, models) {
  return h("td", { class: "number" }, score(share), h("span", { class: "count" }, ` ${right}/${models}`));
}
