/** Controls of the gallery: order, and what to keep by label, verdict, trajectory, ... Each writes into the view. */

import { h, replace, text } from "../dom.js";
import { counted, words } from "../format.js";
import { icon } from "../icons.js";
import { DEFAULT_VIEW, TRAJECTORIES, VERDICTS } from "../view.js";

/** @import { Column } from "../../types/api.js" */

/** @typedef {import("../store.js").Store} Store */
/** @typedef {import("../view.js").View} View */

const SORTS = [
  ["-memorization", "most memorized first"],
  ["memorization", "least memorized first"],
  ["heldout_accuracy", "lowest held-out accuracy first"],
  ["-heldout_accuracy", "highest held-out accuracy first"],
  ["in_accuracy", "lowest in-accuracy first"],
  ["-width", "widest interval first"],
  ["width", "narrowest interval first"],
  ["-change", "largest rise over sizes first"],
  ["change", "largest fall over sizes first"],
  ["label", "by label"],
  ["index", "in dataset order"],
];

/** @type {Partial<View>} */
const NO_FILTERS = {
  memorization_gte: DEFAULT_VIEW.memorization_gte,
  memorization_lte: DEFAULT_VIEW.memorization_lte,
  label: DEFAULT_VIEW.label,
  verdict: DEFAULT_VIEW.verdict,
  trajectory: DEFAULT_VIEW.trajectory,
  flipped: DEFAULT_VIEW.flipped,
  width_gte: DEFAULT_VIEW.width_gte,
  width_lte: DEFAULT_VIEW.width_lte,
  index: DEFAULT_VIEW.index,
  column: DEFAULT_VIEW.column,
  column_gte: DEFAULT_VIEW.column_gte,
  column_lte: DEFAULT_VIEW.column_lte,
};

/** Widest intervals that a reader may ask for; a link may hold any. */
const WIDTHS = [0.1, 0.2, 0.3, 0.4, 0.6];

/**
 * @param {Store} store
 * @param {readonly string[]} classes names of the data set's classes
 * @param {boolean} relabels whether labels can be flipped
 * @returns {{ element: HTMLElement, clear: HTMLElement, update: (columns?: readonly Column[]) => void }} further numbers
 *   of the examples can be sorted by
 */
export function filters(store, classes, relabels) {
  const sort = select("Order", SORTS, (value) => store.set({ sort: value }));
  const flipped = select(
    "Flipped labels",
    [
      ["", "any"],
      ["true", "flipped only"],
      ["false", "not flipped"],
    ],
    (value) => store.set({ flipped: value === "" ? null : value === "true" }),
  );
  const label = menu("Label", classes.map((name, at) => [String(at), name]), (values) => store.set({ label: values.map(Number) }));
  const verdict = menu("Verdict", VERDICTS.map((value) => [value, words(value)]), (values) => store.set({ verdict: values }));
  const trajectory = menu("Trajectory", TRAJECTORIES.map((value) => [value, value]), (values) => store.set({ trajectory: values }));
  const width = select(
    "Interval",
    [["", "any width"], ...WIDTHS.map((value) => [String(value), `at most ${value} wide`])],
    (value) => store.set({ width_gte: null, width_lte: value === "" ? null : Number(value) }),
  );
  const chosen = h("button", { type: "button", class: "chip", onclick: () => store.set({ index: DEFAULT_VIEW.index }) });
  const clear = h(
    "button",
    { type: "button", class: "link-button", onclick: () => store.set(NO_FILTERS) },
    icon("close"),
    "Clear filters",
  );
  return {
    element: h("div", { class: "filters" }, sort.element, label.element, verdict.element, trajectory.element, flipped.element, width.element, chosen),
    clear,
    update(columns = []) {
      const view = store.get();
      sort.offer([...SORTS, ...columns.flatMap((column) => orders(column, view))]);
      sort.update(view.sort);
      flipped.element.hidden = !relabels && view.flipped === null;
      flipped.update(view.flipped === null ? "" : String(view.flipped));
      label.update(view.label.map(String));
      verdict.update(view.verdict);
      trajectory.update(view.trajectory);
      width.update(widthChoice(view));
      chosen.hidden = view.index.length === 0;
      replace(chosen, `only ${counted(view.index.length, "chosen example")}`, icon("close"));
      clear.hidden = Object.entries(NO_FILTERS).every(([key, value]) => String(view[/** @type {keyof View} */ (key)]) === String(value));
    },
  };
}

/** What can be sorted by of a further number; ranks are held against it where it is looked at. @param {Column} column @param {View} view */
const orders = ({ key, title }, { column, sort }) => [
  [`-column:${key}`, `${title}, highest first`],
  [`column:${key}`, `${title}, lowest first`],
  ...(column === key || sort.endsWith(`:${key}`) ? [[`-gap:${key}`, `memorized, though low by ${title}`], [`gap:${key}`, `not memorized, though high by ${title}`]] : []),
];

/** What the list of widths shows for a view; a link may hold bounds that it leaves out. @param {View} view */
function widthChoice({ width_gte: low, width_lte: high }) {
  if (low === null) return high === null ? "" : String(high);
  return high === null ? `${low} or more` : `${low} to ${high}`;
}

/**
 * @param {string} title
 * @param {string[][]} options value and text
 * @param {(value: string) => void} change
 */
function select(title, options, change) {
  const control = h(
    "select",
    { onchange: () => change(control.value) },
    ...options.map(([value, name]) => h("option", { value }, name)),
  );
  let offered = String(options);
  return {
    element: h("label", { class: "filter" }, h("span", {}, title), control),
    /** @param {string[][]} more the options from now on */
    offer(more) {
      if (offered === String(more)) return;
      offered = String(more);
      replace(control, ...more.map(([value, name]) => h("option", { value }, name)));
    },
    /** @param {string} value one that is not in the list is added to it */
    update(value) {
      if (![...control.options].some((option) => option.value === value)) control.append(h("option", { value }, value));
      control.value = value;
    },
  };
}

/**
 * A disclosure with check boxes: any number of values, none means all.
 * @param {string} title
 * @param {string[][]} options value and text
 * @param {(values: string[]) => void} change
 */
function menu(title, options, change) {
  const boxes = options.map(([value]) => h("input", { type: "checkbox", value }));
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const summary = h("summary", {});
  const list = h(
    "fieldset",
    { onchange: () => change(chosen()) },
    h("legend", { class: "visually-hidden" }, title),
    ...options.map(([, name], at) => h("label", { class: "check" }, boxes[at], name)),
  );
  const details = h("details", { class: "menu" }, summary, list);
  closeOutside(details);
  return {
    element: h("div", { class: "filter" }, h("span", { "aria-hidden": "true" }, title), details),
    /** @param {string[]} values */
    update(values) {
      for (const box of boxes) box.checked = values.includes(box.value);
      const names = options.filter(([value]) => values.includes(value ?? "")).map(([, name]) => name);
      replace(summary, h("span", { class: "visually-hidden" }, `${title}: `), h("span", { class: "menu-value" }));
      text(/** @type {Element} */ (summary.lastElementChild), names.length ? names.join(", ") : "any");
    },
  };
}

/**
 * Close an open menu on Escape and when the focus or the pointer goes elsewhere.
 * @param {HTMLDetailsElement} details
 */
export function closeOutside(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.preventDefault();
    details.open = false;
    details.querySelector("summary")?.focus();
  });
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const closing = new AbortController();
    /** @param {Event} event */
    const leave = (event) => {
      if (details.open && event.target instanceof Node && details.contains(event.target)) return;
      details.open = false;
      closing.abort();
    };
    document.addEventListener("pointerdown", leave, { signal: closing.signal });
    document.addEventListener("focusin", leave, { signal: closing.signal });
  });
}
