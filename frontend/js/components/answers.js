/** What held-out models answer at every size: bars of label, original label and every other class. */

import { h } from "../dom.js";
import { percent } from "../format.js";

/** @import { Example, Size } from "../../types/api.js" */

const NAMED = 3;
const ORDER = ["label", "original", "other"];

/**
 * @param {Example} example
 * @param {string} sizeName
 */
export function answerTable(example, sizeName) {
  return h(
    "div",
    { class: "answers" },
    h(
      "ul",
      { class: "legend" },
      key("label", `its label, ${example.label_name}`),
      example.flipped && key("original", `the label before flipping, ${example.original_label_name}`),
      key("other", "another class"),
    ),
    h(
      "table",
      { class: "answer-table" },
      h("thead", { class: "visually-hidden" }, h("tr", {}, h("th", {}, sizeName), h("th", {}, "Answers"))),
      h("tbody", {}, ...example.sizes.map((size) => row(size, example))),
    ),
  );
}

/**
 * @param {string} kind
 * @param {string} name
 */
const key = (kind, name) => h("li", {}, h("span", { class: "answer-key", "data-kind": kind }), name);

/**
 * @param {Size} size
 * @param {Example} example
 */
function row({ size, answers }, example) {
  const total = answers.reduce((sum, { count }) => sum + count, 0);
  const ranked = answers.toSorted((a, b) => b.count - a.count);
  const named = ranked.slice(0, NAMED).map(({ name, count }) => `${name}: ${percent(count / total)}`);
  const inOrder = ranked.toSorted((a, b) => ORDER.indexOf(kindOf(a.label, example)) - ORDER.indexOf(kindOf(b.label, example)));
  const bars = inOrder.map(({ label, name, count }) =>
    h("span", {
      class: "answer-bar",
      "data-kind": kindOf(label, example),
      style: `width:${(count / total) * 100}%`,
      title: `${name}: ${count} of ${total}`,
    }),
  );
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, size),
    h("td", {}, h("span", { class: "answer-bars", "aria-hidden": "true" }, ...bars), h("span", { class: "answer-words" }, total ? named.join(", ") : "no model yet")),
  );
}

/**
 * @param {number} label
 * @param {Example} example
 */
function kindOf(label, example) {
  if (label === example.label) return "label";
  return example.flipped && label === example.original_label ? "original" : "other";
}
