/** What a comparison says about all examples: means on both sides, how many moved, and what to keep in mind. */

import { h, replace } from "../dom.js";
import { count, counted, interval, score, signed, words } from "../format.js";
import { experimentHref } from "../place.js";
import { sideBadge } from "./compare-side.js";
import { labelsFrom } from "./order-mark.js";

/** @import { Comparison } from "../../types/api.js" */
/** @typedef {Comparison["a"]} Side */

/** @type {[title: string, key: "memorization" | "in_accuracy" | "heldout_accuracy" | "test_accuracy"][]} */
const MEANS = [
  ["Mean memorization", "memorization"],
  ["Mean in-accuracy", "in_accuracy"],
  ["Mean held-out accuracy", "heldout_accuracy"],
  ["Mean test accuracy", "test_accuracy"],
];

/** @returns {{ element: HTMLElement, update: (comparison: Comparison, files: string) => void }} `files` is the address of the CSV */
export function compareFacts() {
  const element = h("section", { class: "compare-facts", "aria-label": "What differs" });
  return {
    element,
    update(comparison, files) {
      replace(element, table(comparison), h("div", { class: "compare-words" }, ...notes(comparison), h("p", {}, h("a", { href: files, download: true }, "All examples as CSV"))));
    },
  };
}

/** @param {Comparison} comparison */
function table({ a, b, mean }) {
  return h(
    "div",
    { class: "table-frame", tabindex: 0, role: "region", "aria-label": "Both sides" },
    h(
      "table",
      { class: "plain-table compare-table" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Quantity")), heading("a", a), heading("b", b), h("th", { scope: "col" }, "B − A"))),
      h(
        "tbody",
        {},
        h("tr", {}, h("th", { scope: "row" }, "Models"), h("td", {}, count(a.models)), h("td", {}, count(b.models)), h("td", {})),
        ...MEANS.filter(([, key]) => a[key] !== null && b[key] !== null).map(([title, key]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, title),
            h("td", {}, score(a[key], 3)),
            h("td", {}, score(b[key], 3)),
            h("td", {}, h("b", {}, signed((b[key] ?? NaN) - (a[key] ?? NaN), 3)), key === "memorization" ? ` (${signed(mean.low, 3)} to ${signed(mean.high, 3)})` : ""),
          ),
        ),
      ),
    ),
  );
}

/** @param {"a" | "b"} side @param {Side} facts */
function heading(side, { id, title, size, size_name, label_file: file }) {
  return h("th", { scope: "col" }, sideBadge(side), " ", h("a", { href: experimentHref(id, `?size=${size}`), dir: "auto" }, title), `, ${size_name} ${size}`, file && ", ", ...labelsFrom(file));
}

/** @param {Comparison} comparison */
function notes({ a, b, n, relabeled, differing, spearman, rate, moved_up, moved_down }) {
  const same = a.id === b.id;
  const partial = (same ? [a] : [a, b]).filter(({ status }) => status !== "done");
  const correlation = spearman.value === null ? "" : ` Spearman’s rank correlation is ${score(spearman.value)} (95 % ${interval(spearman.low, spearman.high)}); like the interval of the mean, this covers the choice of examples, not of models.`;
  return [
    h(
      "p",
      {},
      same ? `${counted(n, "example has", "examples have")} a score at both sizes: ` : `Of the ${counted(a.n, "example")} of A and ${count(b.n)} of B, ${count(n)} are the same pictures with a score in both: `,
      h("b", {}, `${counted(moved_up, "scores", "score")} higher in B and ${count(moved_down)} higher in A`),
      ` at a false-discovery rate of ${Number((100 * rate).toFixed(3))} %.${correlation}`,
    ),
    relabeled > 0 && h("p", {}, `${counted(relabeled, "example was", "examples were")} trained on under different labels; they are kept, and their cards say so.`),
    same
      ? h("p", { class: "quiet" }, "Sizes of one experiment share their subsets, so their errors go together: intervals of differences are wider than they need be, and fewer examples count as moved.")
      : differing.length > 0 && h("details", {}, h("summary", {}, counted(differing.length, "parameter differs", "parameters differ")), h("dl", { class: "facts" }, ...differing.map(differs))),
    partial.length > 0 && h("p", { class: "stale" }, `${partial.map(({ title, status }) => `“${title}” is ${status}`).join(", ")}: what its models say so far is compared.`),
  ];
}

/** @param {Comparison["differing"][number]} difference */
const differs = ({ name, a, b }) => h("div", {}, h("dt", {}, words(name)), h("dd", {}, sideBadge("a"), ` ${printed(a)} `, sideBadge("b"), ` ${printed(b)}`));

/** @param {unknown} value */
function printed(value) {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return "none";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
