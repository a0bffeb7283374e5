/** What examples can be filtered by: for each, the control in the menu, and what it keeps in the words of a chip. */

import { h, replace } from "../dom.js";
import { counted, score, words } from "../format.js";
import { DEFAULT_VIEW, MARK_FILTERS, TRAJECTORIES, VERDICTS } from "../view.js";
import { columnFilter } from "./column-filter.js";
import { rangeInputs } from "./range-inputs.js";

/** @import { Column } from "../../types/api.js" */

/** @typedef {import("../store.js").Store} Store */
/** @typedef {import("../view.js").View} View */

/**
 * @typedef {object} Facet
 * @property {(keyof View)[]} keys of the view that it sets
 * @property {HTMLElement | null} element its control; without one, only links choose
 * @property {(view: View, columns: readonly Column[]) => void} update
 * @property {(view: View) => string} chip what it keeps; only asked where it does not keep everything
 */

/** Widest intervals that a reader may ask for; a link may hold any. */
const WIDTHS = [0.1, 0.2, 0.3, 0.4, 0.6];

/**
 * @param {Store} store
 * @param {readonly string[]} classes names of the data set's classes
 * @param {boolean} relabels whether labels can be flipped
 * @param {boolean} inFile whether only a file is asked, which knows neither marks nor what is answered to every example
 * @returns {Facet[]}
 */
export function facetsOf(store, classes, relabels, inFile) {
  /** @param {Partial<View>} patch */
  const set = (patch) => store.set(patch);
  return [
    scores(set),
    several("label", "Label", classes.map((name, at) => [at, name]), set),
    ...(inFile ? [] : [several("answer", "Held-out answer", classes.map((name, at) => [at, name]), set)]),
    several("verdict", "Verdict", VERDICTS.map((value) => [value, words(value)]), set),
    several("trajectory", "Trajectory over size", TRAJECTORIES.map((value) => [value, value]), set),
    flips(set, relabels),
    ...(inFile ? [] : [several("mark", "Mark", MARK_FILTERS.map((value) => [value, value === "none" ? "not marked" : words(value)]), set)]),
    intervals(set),
    columns(store),
    { keys: ["index"], element: null, update() {}, chip: ({ index }) => `only ${counted(index.length, "chosen example")}` },
  ];
}

/** @param {(patch: Partial<View>) => void} set @returns {Facet} */
function scores(set) {
  const range = rangeInputs((from, to) => set({ memorization_gte: from, memorization_lte: to }));
  const ends = [0, 1].map((value) =>
    h("button", { type: "button", class: "chip-button", onclick: () => set({ memorization_gte: value, memorization_lte: value }) }, `exactly ${value}`),
  );
  return {
    keys: ["memorization_gte", "memorization_lte"],
    element: h("div", { class: "facet-scores" }, range.element, ...ends),
    update({ memorization_gte: low, memorization_lte: high }) {
      range.update(low, high);
      ends.forEach((button, value) => button.setAttribute("aria-pressed", String(low === value && high === value)));
    },
    chip: ({ memorization_gte: low, memorization_lte: high }) =>
      low === high ? `memorization ${score(low)}` : `memorization ${score(low ?? -1)} to ${score(high ?? 1)}`,
  };
}

/**
 * Check boxes: any number of values, none means all.
 * @param {"label" | "answer" | "verdict" | "trajectory" | "mark"} key
 * @param {string} title
 * @param {(readonly [value: string | number, name: string])[]} options
 * @param {(patch: Partial<View>) => void} set
 * @returns {Facet}
 */
function several(key, title, options, set) {
  const boxes = options.map(([value]) => h("input", { type: "checkbox", value }));
  const change = () => set({ [key]: options.filter((_option, at) => boxes[at]?.checked).map(([value]) => value) });
  /** @param {View} view @param {string | number} value */
  const holds = (view, value) => view[key].some((kept) => kept === value);
  return {
    keys: [key],
    element: h(
      "fieldset",
      { class: "facet", onchange: change },
      h("legend", {}, title),
      h("div", { class: "facet-options" }, ...options.map(([, name], at) => h("label", { class: "check" }, boxes[at], name))),
    ),
    update(view) {
      options.forEach(([value], at) => (/** @type {HTMLInputElement} */ (boxes[at]).checked = holds(view, value)));
    },
    chip: (view) => `${key === "answer" ? "held-out answer" : key} ${options.filter(([value]) => holds(view, value)).map(([, name]) => name).join(", ")}`,
  };
}

/** @param {(patch: Partial<View>) => void} set @param {boolean} relabels @returns {Facet} */
function flips(set, relabels) {
  const names = { "": "any", true: "flipped only", false: "not flipped" };
  const choice = select("Flipped labels", Object.entries(names), (value) => set({ flipped: value === "" ? null : value === "true" }));
  return {
    keys: ["flipped"],
    element: choice.element,
    update({ flipped }) {
      choice.element.hidden = !relabels && flipped === null;
      choice.update(flipped === null ? "" : String(flipped));
    },
    chip: ({ flipped }) => (flipped ? "flipped labels" : "labels not flipped"),
  };
}

/** @param {(patch: Partial<View>) => void} set @returns {Facet} */
function intervals(set) {
  const options = [["", "any width"], ...WIDTHS.map((value) => [String(value), `at most ${value} wide`])];
  const choice = select("Interval", options, (value) => set({ width_gte: null, width_lte: value === "" ? null : Number(value) }));
  return {
    keys: ["width_gte", "width_lte"],
    element: choice.element,
    update: (view) => choice.update(widthOf(view)),
    chip: (view) => (view.width_gte === null ? `interval at most ${view.width_lte} wide` : `interval ${widthOf(view)} wide`),
  };
}

/** @param {Store} store @returns {Facet} */
function columns(store) {
  const filter = columnFilter(store);
  /** @type {readonly Column[]} */
  let known = [];
  return {
    keys: ["column", "column_gte", "column_lte"],
    element: filter.element,
    update(_view, all) {
      known = all;
      filter.update(all);
    },
    chip({ column: key, column_gte: from, column_lte: to }) {
      const { title = key, low = null, high = null } = known.find((column) => column.key === key) ?? {};
      return from === null && to === null ? `${title}` : `${title} ${score(from ?? low)} to ${score(to ?? high)}`;
    },
  };
}

/** What the list of widths shows for a view; a link may hold bounds that it leaves out. @param {View} view */
function widthOf({ width_gte: low, width_lte: high }) {
  if (low === null) return high === null ? "" : String(high);
  return high === null ? `${low} or more` : `${low} to ${high}`;
}

/**
 * @param {string} title
 * @param {string[][]} options value and text
 * @param {(value: string) => void} change
 */
export function select(title, options, change) {
  const control = h("select", { onchange: () => change(control.value) }, ...options.map(([value, name]) => h("option", { value }, name)));
  let offered = String(options);
  return {
    element: h("label", { class: "filter" }, h("span", {}, title), control),
    /** @param {string[][]} more the options from now on */
    offer(more) {
      if (String(more) === offered) return;
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
 * Whether a facet keeps everything.
 * @param {Facet} facet
 * @param {View} view
 */
export const isOpen = ({ keys }, view) => keys.every((key) => String(view[key]) === String(DEFAULT_VIEW[key]));

/**
 * The view's part of a facet, keeping everything.
 * @param {Facet} facet
 * @returns {Partial<View>}
 */
export const cleared = ({ keys }) => Object.fromEntries(keys.map((key) => [key, DEFAULT_VIEW[key]]));
