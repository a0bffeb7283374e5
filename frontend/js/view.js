/** The view of an experiment: everything the URL says about what is on screen, and the one codec for it. */

/**
 * @typedef {object} View
 * @property {"overview" | "explore" | "trajectories" | "published" | "curves" | "log"} tab
 * @property {number | null} size model size; null is the largest with scores
 * @property {string} sort sort key, `-` prefix for descending
 * @property {number | null} memorization_gte
 * @property {number | null} memorization_lte
 * @property {number[]} label
 * @property {string[]} verdict
 * @property {string[]} trajectory
 * @property {boolean | null} flipped
 * @property {number | null} width_gte bounds of the width of a score's interval
 * @property {number | null} width_lte
 * @property {number[]} index only these examples; empty means all
 * @property {number} tau the change over sizes that makes a trajectory
 * @property {string} stack what the bars of the histogram are stacked by
 * @property {string} scale how its counts are drawn
 * @property {string | null} published name of the published scores to compare with
 */

export const TABS = /** @type {const} */ (["overview", "explore", "trajectories", "published", "curves", "log"]);
export const SORT_KEYS = /** @type {const} */ ([
  "memorization",
  "heldout_accuracy",
  "in_accuracy",
  "width",
  "change",
  "label",
  "index",
]);
export const VERDICTS = /** @type {const} */ (["memorized", "undecided", "not_memorized"]);
export const TRAJECTORIES = /** @type {const} */ ([
  "constant",
  "increasing",
  "decreasing",
  "cap-shaped",
  "u-shaped",
  "unresolved",
]);

export const STACKS = /** @type {const} */ (["flipped", "label", "verdict", "none"]);
export const SCALES = /** @type {const} */ (["linear", "log"]);

/** @type {Readonly<View>} */
export const DEFAULT_VIEW = Object.freeze({
  tab: "overview",
  size: null,
  sort: "-memorization",
  memorization_gte: null,
  memorization_lte: null,
  label: [],
  verdict: [],
  trajectory: [],
  flipped: null,
  width_gte: null,
  width_lte: null,
  index: [],
  tau: 0.2,
  stack: "flipped",
  scale: "linear",
  published: null,
});

/** @typedef {(values: string[]) => unknown} Parser undefined when the text is no such value */

const INTEGER = /^\d{1,9}$/;
const DECIMAL = /^-?\d{1,9}(\.\d{1,9})?$/;

/** @type {(pattern: RegExp) => Parser} */
const number = (pattern) => (values) =>
  values.length === 1 && pattern.test(values[0] ?? "") ? Number(values[0]) : undefined;

/** @type {(low: number, high: number) => Parser} */
const within = (low, high) => (values) => {
  const value = number(DECIMAL)(values);
  return typeof value === "number" && value >= low && value <= high ? value : undefined;
};
const bound = within(-1, 1);
const width = within(0, 2);

/** @type {(allowed: readonly string[]) => Parser} */
const choice = (allowed) => (values) =>
  values.length === 1 && allowed.includes(values[0] ?? "") ? values[0] : undefined;

/** @type {(allowed: readonly string[]) => Parser} */
const choices = (allowed) => (values) =>
  values.every((value) => allowed.includes(value)) ? allowed.filter((value) => values.includes(value)) : undefined;

/** @type {Parser} */
const name = ([value = "", ...others]) => (others.length === 0 && value.length > 0 && value.length <= 100 ? value : undefined);

/** @type {Parser} */
const integers = (values) =>
  values.every((value) => INTEGER.test(value)) ? [...new Set(values.map(Number))].sort((a, b) => a - b) : undefined;

/** @type {Parser} */
const flag = (values) => ({ true: true, false: false })[values.length === 1 ? (values[0] ?? "") : ""];

/** In canonical order. @type {Record<keyof View, Parser>} */
const PARSERS = {
  tab: choice(TABS),
  size: number(INTEGER),
  sort: choice(SORT_KEYS.flatMap((key) => [key, `-${key}`])),
  memorization_gte: bound,
  memorization_lte: bound,
  label: integers,
  verdict: choices(VERDICTS),
  trajectory: choices(TRAJECTORIES),
  flipped: flag,
  width_gte: width,
  width_lte: width,
  index: integers,
  tau: within(0.05, 0.9),
  stack: choice(STACKS),
  scale: choice(SCALES),
  published: name,
};

const KEYS = /** @type {(keyof View)[]} */ (Object.keys(PARSERS));

/**
 * Read a query string; what cannot be read falls back to its default and is reported.
 * @param {string} search
 * @returns {{ view: View, unknown: string[] }}
 */
export function decode(search) {
  const query = new URLSearchParams(search);
  /** @type {Record<string, unknown>} */
  const view = { ...DEFAULT_VIEW };
  const unknown = [...new Set(query.keys())].filter((key) => !KEYS.includes(/** @type {keyof View} */ (key)));
  for (const key of KEYS) {
    if (!query.has(key)) continue;
    const value = PARSERS[key](query.getAll(key));
    if (value === undefined) unknown.push(key);
    else view[key] = value;
  }
  return { view: /** @type {View} */ (view), unknown };
}

/**
 * Write a view as a query string: canonical order, defaults left out, `?` in front unless empty.
 * @param {View} view
 * @returns {string}
 */
export function encode(view) {
  return search(view, KEYS);
}

/**
 * Write the part of a view that the API understands, with further parameters behind it.
 * @param {View} view
 * @param {Record<string, string | number | readonly number[] | null | undefined>} [more]
 * @returns {string}
 */
export function encodeForApi(view, more = {}) {
  const query = new URLSearchParams(search(view, KEYS.filter((key) => key !== "tab" && key !== "published")));
  for (const [key, value] of Object.entries(more)) {
    for (const item of [value ?? []].flat()) query.append(key, String(item));
  }
  return query.size ? `?${query}` : "";
}

/**
 * @param {View} view
 * @param {(keyof View)[]} keys
 */
function search(view, keys) {
  const query = new URLSearchParams();
  for (const key of keys) {
    const value = view[key];
    if (value === null || value === DEFAULT_VIEW[key]) continue;
    for (const item of [value].flat()) query.append(key, String(item));
  }
  return query.size ? `?${query}` : "";
}
