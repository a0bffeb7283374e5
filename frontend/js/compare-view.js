/** What the page of a comparison shows: two experiments at a size each, and which of their examples. */

import { choice, codec, INTEGER, integers, matching, number, within } from "./codec.js";

/**
 * @typedef {object} CompareView
 * @property {string | null} a id of an experiment
 * @property {string | null} b of the one it is compared with; null is a itself
 * @property {number | null} a_size null lets the server choose
 * @property {number | null} b_size
 * @property {string} rate false-discovery rate among the examples that count as moved
 * @property {"any" | "up" | "down" | null} moved null is all examples
 * @property {string} sort
 * @property {number | null} a_gte bounds of both scores
 * @property {number | null} a_lte
 * @property {number | null} b_gte
 * @property {number | null} b_lte
 * @property {number[]} label as numbered in a
 * @property {number | null} open the picture whose details are shown beside the gallery
 */

export const RATES = /** @type {const} */ (["0.01", "0.05", "0.1"]);
export const SORTS = /** @type {const} */ (["-magnitude", "-difference", "difference", "magnitude"]);
export const MOVED = /** @type {const} */ (["any", "up", "down"]);

/** @type {Readonly<CompareView>} */
export const DEFAULT_COMPARISON = Object.freeze({
  a: null,
  b: null,
  a_size: null,
  b_size: null,
  rate: "0.05",
  moved: null,
  sort: "-magnitude",
  a_gte: null,
  a_lte: null,
  b_gte: null,
  b_lte: null,
  label: [],
  open: null,
});

const id = matching(/^[0-9a-f]{12}$/);
const bound = within(-1, 1);

/** @type {import("./codec.js").Codec<CompareView>} */
export const compareCodec = codec(
  {
    a: id,
    b: id,
    a_size: number(INTEGER),
    b_size: number(INTEGER),
    rate: choice(RATES),
    moved: choice(MOVED),
    sort: choice(SORTS),
    a_gte: bound,
    a_lte: bound,
    b_gte: bound,
    b_lte: bound,
    label: integers,
    open: number(INTEGER),
  },
  DEFAULT_COMPARISON,
);

/** What the list of examples depends on. @type {(keyof CompareView)[]} */
export const LIST_KEYS = /** @type {(keyof CompareView)[]} */ (Object.keys(DEFAULT_COMPARISON)).filter((key) => key !== "open");

/** What the figure and the numbers depend on. @type {(keyof CompareView)[]} */
export const PAIR_KEYS = ["a", "b", "a_size", "b_size", "rate"];

/**
 * The same comparison the other way around.
 * @param {CompareView} view
 * @param {{ a: number, b: number }} sizes that are shown
 * @returns {CompareView}
 */
export function swapped(view, sizes) {
  return {
    ...view,
    a: view.b ?? view.a,
    b: view.a,
    a_size: sizes.b,
    b_size: sizes.a,
    moved: view.moved === "up" ? "down" : view.moved === "down" ? "up" : view.moved,
    sort: { difference: "-difference", "-difference": "difference" }[view.sort] ?? view.sort,
    a_gte: view.b_gte,
    a_lte: view.b_lte,
    b_gte: view.a_gte,
    b_lte: view.a_lte,
    label: [], // numbered as in the other experiment
  };
}
