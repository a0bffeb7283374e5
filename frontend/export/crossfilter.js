/** Which rows a view keeps, in which order, and how their scores are spread; all rows each time, without a server. */

/** @import { Table, Facts } from "./data.js" */
/** @typedef {import("../js/view.js").View} View */

/**
 * Mark the rows that the filters keep. The range of scores is no filter here: a histogram shows what lies around it.
 * @param {Table} table
 * @param {Facts} facts
 * @param {number} size position of the size
 * @param {View} view
 * @returns {Uint8Array} 1 for rows that are kept
 */
export function kept(table, facts, size, view) {
  const labels = new Set(view.label);
  const verdicts = new Set(view.verdict.map((name) => facts.verdicts.findIndex((known) => known === name)));
  const types = new Set(view.trajectory.map((name) => facts.trajectories.findIndex((known) => known === name)));
  const keep = new Uint8Array(table.length).fill(1);
  /** @param {(row: number) => boolean} test */
  const only = (test) => {
    for (let row = 0; row < keep.length; row += 1) if (!test(row)) keep[row] = 0;
  };
  if (labels.size > 0) only((row) => labels.has(table.label[row] ?? -1));
  if (verdicts.size > 0) only((row) => verdicts.has(table.verdict[size]?.[row] ?? -1));
  if (types.size > 0) only((row) => types.has(table.trajectory[row] ?? -1));
  if (view.flipped !== null) only((row) => Boolean(table.flipped[row]) === view.flipped);
  if (view.index.length > 0) {
    const chosen = new Set(view.index);
    only((row) => chosen.has(table.index[row] ?? -1));
  }
  if (view.width_gte !== null || view.width_lte !== null) {
    const [low, high] = [view.width_gte ?? 0, view.width_lte ?? Infinity];
    const widths = column(table, size, "width");
    only((row) => (widths[row] ?? Number.NaN) >= low && (widths[row] ?? Number.NaN) <= high);
  }
  return keep;
}

/**
 * @typedef {object} Histogram
 * @property {number[]} clean examples with their own label, by bin; then those with a score of exactly 0, and of exactly 1
 * @property {number[]} flipped
 * @property {number} n scores counted
 * @property {number} missing rows kept that have no score
 * @property {number | null} below_01 share of scores below 0.1, null without any
 * @property {number | null} above_09
 */

/**
 * Count scores by bin, those of exactly 0 and 1 apart; one on an inner edge belongs to the bin above it.
 * @param {Float64Array} scores NaN are not defined
 * @param {ArrayLike<number>} flipped
 * @param {Uint8Array} keep
 * @param {readonly number[]} edges
 * @returns {Histogram}
 */
export function histogram(scores, flipped, keep, edges) {
  const bins = edges.length - 1;
  const counts = [new Array(bins + 2).fill(0), new Array(bins + 2).fill(0)];
  let [n, missing, below, above] = [0, 0, 0, 0];
  for (let row = 0; row < scores.length; row += 1) {
    if (!keep[row]) continue;
    const score = scores[row] ?? Number.NaN;
    if (Number.isNaN(score)) {
      missing += 1;
      continue;
    }
    n += 1;
    if (score < 0.1) below += 1;
    if (score > 0.9) above += 1;
    const group = counts[flipped[row] ? 1 : 0] ?? [];
    group[score === 0 || score === 1 ? bins + score : binOf(score, edges)] += 1;
  }
  return { clean: counts[0] ?? [], flipped: counts[1] ?? [], n, missing, below_01: n ? below / n : null, above_09: n ? above / n : null };
}

/**
 * @param {number} value
 * @param {readonly number[]} edges
 */
function binOf(value, edges) {
  let [low, high] = [0, edges.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value >= (edges[middle] ?? 0)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Sort all rows; ties go by example in the same direction, undefined values come last.
 * @param {Table} table
 * @param {number} size position of the size
 * @param {string} sort sort key, `-` prefix for descending
 * @returns {Int32Array}
 */
export function ordered(table, size, sort) {
  const values = column(table, size, sort.replace("-", ""));
  const sign = sort.startsWith("-") ? -1 : 1;
  return Int32Array.from(table.index.keys()).sort((a, b) => {
    const [first = Number.NaN, second = Number.NaN] = [values[a], values[b]];
    if (Number.isNaN(first) !== Number.isNaN(second)) return Number.isNaN(first) ? 1 : -1;
    return sign * (first - second || a - b);
  });
}

/**
 * @param {Table} table
 * @param {number} size
 * @param {string} key
 * @returns {ArrayLike<number>}
 */
function column(table, size, key) {
  const share = (/** @type {ArrayLike<number> | undefined} */ k, /** @type {ArrayLike<number> | undefined} */ n) =>
    Float64Array.from(table.index, (_example, row) => ((n?.[row] ?? 0) > 0 ? (k?.[row] ?? 0) / (n?.[row] ?? 1) : Number.NaN));
  if (key === "heldout_accuracy") return share(table.k_out[size], table.n_out[size]);
  if (key === "in_accuracy") return share(table.k_in[size], table.n_in[size]);
  if (key === "label") return table.label;
  if (key === "index") return table.index;
  if (key === "width") {
    return Float64Array.from(table.index, (_example, row) => {
      const [low, high] = table.interval(size, row);
      return high - low;
    });
  }
  if (key === "change") {
    const known = table.memorization.filter((scores) => scores.some((score) => !Number.isNaN(score)));
    return Float64Array.from(table.index, (_example, row) => (known.at(-1)?.[row] ?? 0) - (known[0]?.[row] ?? 0));
  }
  return table.memorization[size] ?? [];
}

/**
 * Return the rows in the brushed range, in order.
 * @param {Int32Array} order
 * @param {Uint8Array} keep
 * @param {Float64Array} scores
 * @param {number | null} low
 * @param {number | null} high
 * @returns {Int32Array}
 */
export function selected(order, keep, scores, low, high) {
  if (low === null && high === null) return order.filter((row) => keep[row] === 1);
  const [from, to] = [low ?? -1, high ?? 1];
  return order.filter((row) => keep[row] === 1 && (scores[row] ?? Number.NaN) >= from && (scores[row] ?? Number.NaN) <= to);
}
