/** The view of an experiment: everything the URL says about what is on screen, and the one codec for it. */

import { choice, choices, codec, either, INTEGER, integers, matching, NOTHING_FURTHER, number, within } from "./codec.js";
import { MARKS } from "./marks.js";

/**
 * @typedef {object} View
 * @property {"overview" | "explore" | "review" | "trajectories" | "influence" | "published" | "curves" | "log"} tab
 * @property {number | null} size model size; null is the largest with scores
 * @property {string} sort sort key, or `column:` or `gap:` and the key of a further column; `-` prefix for descending
 * @property {number | null} memorization_gte
 * @property {number | null} memorization_lte
 * @property {number[]} label
 * @property {number[]} answer what most held-out models say
 * @property {string[]} verdict
 * @property {string[]} trajectory
 * @property {boolean | null} flipped
 * @property {number | null} width_gte bounds of the width of a score's interval
 * @property {number | null} width_lte
 * @property {string[]} mark what people decided; none is for what nobody marked
 * @property {number[]} index only these examples; empty means all
 * @property {string | null} column key of the further column that is bounded
 * @property {number | null} column_gte
 * @property {number | null} column_lte
 * @property {number} tau the change over sizes that makes a trajectory
 * @property {string} estimator what the scores are taken from
 * @property {string} stack what the bars of the histogram are stacked by
 * @property {string} scale how its counts are drawn
 * @property {number | null} bins how many it has from 0 to 1; null is the scores' own lattice
 * @property {boolean} matrix whether labels against held-out answers are shown
 * @property {number} tile width of the pictures on cards, in pixels
 * @property {string} density how much cards say
 * @property {number | null} open the example whose details are shown beside the gallery
 * @property {string | null} comparison the query of the comparison that led to an example
 * @property {string | null} published name of the published scores to compare with
 * @property {string} pick which memorized examples that help others are shown
 * @property {string} peers the order of pairs of training examples
 * @property {boolean} near whether only near-duplicates of these are shown
 * @property {string | null} present the figure that is shown alone, as large as the window
 * @property {import("./codec.js").Further} further what else readers change in figures, by the names of the controls
 */

export const TABS = /** @type {const} */ (["overview", "explore", "review", "trajectories", "influence", "published", "curves", "log"]);
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

export const MARK_FILTERS = /** @type {const} */ ([...MARKS.map(({ mark }) => mark), "none"]);
export const ESTIMATORS = /** @type {const} */ (["counts", "margins"]);
export const STACKS = /** @type {const} */ (["flipped", "label", "verdict", "none"]);
export const PICKS = /** @type {const} */ (["spaced", "influence"]);
export const PEERS = /** @type {const} */ (["influence", "pixels"]);
export const SCALES = /** @type {const} */ (["linear", "log"]);
export const DENSITIES = /** @type {const} */ (["picture", "score", "full"]);
export const SMALLEST_TILE = 48;
export const LARGEST_TILE = 256;

/** @type {Readonly<View>} */
export const DEFAULT_VIEW = Object.freeze({
  tab: "overview",
  size: null,
  sort: "-memorization",
  memorization_gte: null,
  memorization_lte: null,
  label: [],
  answer: [],
  verdict: [],
  trajectory: [],
  flipped: null,
  width_gte: null,
  width_lte: null,
  mark: [],
  index: [],
  column: null,
  column_gte: null,
  column_lte: null,
  tau: 0.2,
  estimator: "counts",
  stack: "flipped",
  scale: "linear",
  bins: null,
  matrix: false,
  tile: 96,
  density: "score",
  open: null,
  comparison: null,
  published: null,
  pick: "spaced",
  peers: "influence",
  near: false,
  present: null,
  further: NOTHING_FURTHER,
});

/** What only figures understand, of the keys that have a place of their own on the page. @type {(keyof View)[]} */
const OF_FIGURES = ["stack", "scale", "bins"];
/** @type {(keyof View)[]} */
const OF_PAGES = ["tab", "published", "matrix", "tile", "density", "open", "comparison", "pick", "peers", "near", "present"];

const bound = within(-1, 1);
const width = within(0, 2);
const any = within(-1e9, 1e9);
const sort = choice(SORT_KEYS.flatMap((key) => [key, `-${key}`]));
const KEY = "[a-z][a-z0-9_]{0,39}";

/** @type {import("./codec.js").Parser} */
const name = ([value = "", ...others]) => (others.length === 0 && value.length > 0 && value.length <= 100 ? value : undefined);

/** @type {import("./codec.js").Parser} */
const flag = (values) => ({ true: true, false: false })[values.length === 1 ? (values[0] ?? "") : ""];

/** @type {(low: number, high: number) => import("./codec.js").Parser} */
const integer = (low, high) => (values) => {
  const value = number(INTEGER)(values);
  return typeof value === "number" && value >= low && value <= high ? value : undefined;
};

/** In canonical order. @type {Record<Exclude<keyof View, "further">, import("./codec.js").Parser>} */
const PARSERS = {
  tab: choice(TABS),
  size: number(INTEGER),
  sort: either(sort, matching(new RegExp(`^-?(column|gap):${KEY}$`))),
  memorization_gte: bound,
  memorization_lte: bound,
  label: integers,
  answer: integers,
  verdict: choices(VERDICTS),
  trajectory: choices(TRAJECTORIES),
  flipped: flag,
  width_gte: width,
  width_lte: width,
  mark: choices(MARK_FILTERS),
  index: integers,
  column: matching(new RegExp(`^${KEY}$`)),
  column_gte: any,
  column_lte: any,
  tau: within(0.05, 0.9),
  estimator: choice(ESTIMATORS),
  stack: choice(STACKS),
  scale: choice(SCALES),
  bins: integer(2, 200),
  matrix: flag,
  tile: integer(SMALLEST_TILE, LARGEST_TILE),
  density: choice(DENSITIES),
  open: number(INTEGER),
  comparison: matching(/^\?[\x21-\x7e]{1,2000}$/),
  published: name,
  pick: choice(PICKS),
  peers: choice(PEERS),
  near: flag,
  present: matching(/^[a-z][a-z0-9_]{0,63}$/),
};

const KEYS = /** @type {(keyof View)[]} */ (Object.keys(PARSERS));

/**
 * The codec of a study's experiments, whose figures have these controls beside those that the page knows itself.
 * @param {readonly string[]} controls names
 * @returns {import("./codec.js").Codec<View>}
 */
export const viewCodecOf = (controls) => codec(PARSERS, DEFAULT_VIEW, controls);

export const { decode, encode } = viewCodecOf([]);

const { answer: _answer, column: _key, column_gte: _low, column_lte: _high, mark: _mark, present: _present, ...OF_FILES } = PARSERS;

/**
 * The codec of a page that is exported: a file has no further columns, no marks, and answers of few examples.
 * @type {import("./codec.js").Codec<View>}
 */
export const fileCodec = codec(/** @type {typeof PARSERS} */ ({ ...OF_FILES, sort }), DEFAULT_VIEW);

/**
 * The names of what readers may change in a study's figures and the page itself has no place for.
 * @param {{ controls: Record<string, any> }[]} figures
 * @returns {string[]}
 */
export function furtherControls(figures) {
  const names = figures.flatMap(({ controls }) => Object.keys(controls.properties ?? {}));
  return [...new Set(names)].filter((name) => !(name in PARSERS));
}

/** @typedef {Record<string, string | number | readonly number[] | readonly string[] | null | undefined>} More */

/**
 * Write what of a view every part of the API understands, with further parameters behind it.
 * @param {View} view
 * @param {More} [more]
 * @returns {string}
 */
export const encodeForApi = (view, more) => withMore(view, [...OF_PAGES, ...OF_FIGURES], more);

/**
 * Write the same for a figure, which also takes how it is to be drawn.
 * @param {View} view
 * @param {More} [more]
 * @returns {string}
 */
export const encodeForFigure = (view, more) => withMore(view, OF_PAGES, more);

/**
 * @param {View} view
 * @param {(keyof View)[]} without
 * @param {More} [more]
 */
function withMore(view, without, more = {}) {
  const query = new URLSearchParams(encode(view, KEYS.filter((key) => !without.includes(key))));
  for (const [key, value] of Object.entries(more)) {
    for (const item of [value ?? []].flat()) query.append(key, String(item));
  }
  return query.size ? `?${query}` : "";
}
