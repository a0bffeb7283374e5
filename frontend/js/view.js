/** The view of an experiment: everything the URL says about what is on screen, and the one codec for it. */

import { choice, choices, codec, INTEGER, integers, number, within } from "./codec.js";

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

const bound = within(-1, 1);
const width = within(0, 2);

/** @type {import("./codec.js").Parser} */
const name = ([value = "", ...others]) => (others.length === 0 && value.length > 0 && value.length <= 100 ? value : undefined);

/** @type {import("./codec.js").Parser} */
const flag = (values) => ({ true: true, false: false })[values.length === 1 ? (values[0] ?? "") : ""];

/** In canonical order. @type {Record<keyof View, import("./codec.js").Parser>} */
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

/** @type {import("./codec.js").Codec<View>} */
export const viewCodec = codec(PARSERS, DEFAULT_VIEW);
export const { decode, encode } = viewCodec;

/**
 * Write the part of a view that the API understands, with further parameters behind it.
 * @param {View} view
 * @param {Record<string, string | number | readonly number[] | null | undefined>} [more]
 * @returns {string}
 */
export function encodeForApi(view, more = {}) {
  const query = new URLSearchParams(encode(view, KEYS.filter((key) => key !== "tab" && key !== "published")));
  for (const [key, value] of Object.entries(more)) {
    for (const item of [value ?? []].flat()) query.append(key, String(item));
  }
  return query.size ? `?${query}` : "";
}
