/** What held-out models answer: bars of every class at one size, and shares of label and other classes at all. */

import { h, replace } from "../dom.js";
import { apart, count, percent } from "../format.js";

/** @import { Example, Size } from "../../types/api.js" */

const NAMED = 3;
const BARS = 10; // classes with a bar of their own, beside the example's
const ORDER = ["label", "original", "other"];

/** @typedef {{ kind: string, name: string, models: number }} Bar */

/**
 * @param {Example} example
 * @param {string} sizeName
 * @returns {{ element: HTMLElement, update: (size: Size) => void }}
 */
export function answers(example, sizeName) {
  const classes = answerClasses(example, sizeName);
  return {
    element: h(
      "div",
      { class: "answers" },
      h(
        "ul",
        { class: "legend" },
        key("label", `its label, ${apart(example.label_name)}`),
        example.flipped && key("original", `the label before flipping, ${apart(example.original_label_name)}`),
        key("other", "another class"),
      ),
      classes.element,
      h("h3", {}, `At every ${sizeName}`),
      h(
        "table",
        { class: "answer-table" },
        h("thead", { class: "visually-hidden" }, head(sizeName, "Answers")),
        h("tbody", {}, ...example.sizes.map((size) => row(size, example))),
      ),
    ),
    update: classes.update,
  };
}

/**
 * Bars of the classes that held-out models answer at one size.
 * @param {Example} example
 * @param {string} sizeName
 * @returns {{ element: HTMLElement, update: (size: Size) => void }}
 */
export function answerClasses(example, sizeName) {
  const caption = h("caption", {});
  const rows = h("tbody", {});
  const none = h("p", { class: "field-help" }, "No model without this example is trained yet.");
  const table = h("table", { class: "answer-classes" }, caption, h("thead", { class: "visually-hidden" }, head("Class", "Share", "Models")), rows);
  return {
    element: h("div", {}, table, none),
    update(size) {
      const total = size.answers.reduce((sum, { count }) => sum + count, 0);
      none.hidden = total > 0;
      table.hidden = total === 0;
      caption.textContent = `What ${count(total)} models of ${sizeName} ${size.size} say that never saw it`;
      table.dataset.size = String(size.size);
      replace(rows, ...bars(size, example).map((bar) => classRow(bar, total)));
    },
  };
}

/** @param {string[]} names */
const head = (...names) => h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));

/**
 * The example's own labels first, whether anyone answered them or not; then the rest, most frequent first.
 * @param {Size} size
 * @param {Example} example
 * @returns {Bar[]}
 */
function bars({ answers: given }, example) {
  const models = (/** @type {number} */ label) => given.find((answer) => answer.label === label)?.count ?? 0;
  const others = given.filter(({ label }) => kindOf(label, example) === "other").toSorted((a, b) => b.count - a.count);
  const rest = others.slice(BARS);
  /** @type {Bar[]} */
  const found = [{ kind: "label", name: example.label_name, models: models(example.label) }];
  if (example.flipped) found.push({ kind: "original", name: example.original_label_name, models: models(example.original_label) });
  found.push(...others.slice(0, BARS).map(({ name, count }) => ({ kind: "other", name, models: count })));
  if (rest.length > 0) found.push({ kind: "other", name: `${count(rest.length)} more`, models: rest.reduce((sum, { count }) => sum + count, 0) });
  return found;
}

/** @type {Record<string, string>} */
const KIND_WORDS = { label: "its label", original: "before flipping" };

/**
 * @param {Bar} bar
 * @param {number} total
 */
function classRow({ kind, name, models }, total) {
  return h(
    "tr",
    { "data-kind": kind },
    h("th", { scope: "row" }, h("bdi", {}, name), KIND_WORDS[kind] && h("span", { class: "answer-mark" }, KIND_WORDS[kind])),
    h("td", { class: "answer-share" }, h("span", { class: "answer-bar", "data-kind": kind, style: `width:${(models / total) * 100}%` })),
    h("td", { class: "number" }, percent(models / total), h("span", { class: "count" }, ` ${count(models)}`)),
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
  const named = ranked.slice(0, NAMED).map(({ name, count }) => `${apart(name)}: ${percent(count / total)}`);
  const inOrder = ranked.toSorted((a, b) => ORDER.indexOf(kindOf(a.label, example)) - ORDER.indexOf(kindOf(b.label, example)));
  const bars = inOrder.map(({ label, name, count }) =>
    h("span", {
      class: "answer-bar",
      "data-kind": kindOf(label, example),
      style: `width:${(count / total) * 100}%`,
      title: `${apart(name)}: ${count} of ${total}`,
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
