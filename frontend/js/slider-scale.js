/** The scales of sliders: which values their positions stand for, evenly spaced or by equal factors. */

/**
 * @typedef {object} Range what a slider is to reach
 * @property {number} low
 * @property {number} high
 * @property {number | null} step null lets the scale choose
 * @property {boolean} whole whether only whole numbers count
 * @property {boolean} log whether equal ways are equal factors
 */

/**
 * @typedef {object} Scale
 * @property {number} min the lowest position
 * @property {number} max
 * @property {number} step
 * @property {(position: number) => number} valueAt
 * @property {(value: number) => number} positionOf the nearest one, of values in between and beyond
 */

const EVEN_STEPS = 200;
const FACTORS = 120;
const WIDE = 100; // from a hundredfold on, two digits are as fine as a slider can be moved

/**
 * @param {Range} range
 * @returns {Scale}
 */
export function scaleOf(range) {
  return range.log && range.low > 0 ? byFactors(range) : even(range);
}

/**
 * Positions are values; one between two steps is drawn at the nearer, and stays what it is.
 * @param {Range} range
 * @returns {Scale}
 */
function even({ low, high, step, whole }) {
  const own = step ?? (whole ? 1 : rounded((high - low) / EVEN_STEPS));
  return { min: low, max: high, step: own, valueAt: (position) => position, positionOf: (value) => Math.min(high, Math.max(low, value)) };
}

/**
 * The nearest of 1, 2 and 5 times a power of ten, at most as large.
 * @param {number} value
 */
function rounded(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [5, 2].find((each) => each * power <= value) ?? 1;
  return Number((factor * power).toPrecision(1));
}

/**
 * Positions number the values, which are as round as the way between them allows, and all different.
 * @param {Range} range
 * @returns {Scale}
 */
function byFactors({ low, high, step, whole }) {
  const digits = high / low >= WIDE ? 2 : 3;
  const grid = step ?? (whole ? 1 : null);
  /** @param {number} value */
  const round = (value) => {
    const short = Number(value.toPrecision(digits));
    return grid === null ? short : Number((Math.round(short / grid) * grid).toPrecision(12));
  };
  const inside = Array.from({ length: FACTORS - 1 }, (_none, at) => round(low * (high / low) ** ((at + 1) / FACTORS)));
  const values = [...new Set([low, ...inside.filter((value) => value > low && value < high), high])];
  return {
    min: 0,
    max: values.length - 1,
    step: 1,
    valueAt: (position) => values[position] ?? low,
    positionOf(value) {
      const distance = (/** @type {number} */ each) => Math.abs(Math.log(each / Math.max(value, Number.MIN_VALUE)));
      return values.reduce((best, each, at) => (distance(each) < distance(values[best] ?? low) ? at : best), 0);
    },
  };
}
