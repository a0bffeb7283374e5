/** Points in the plane as one short text: `a0.5_1.5*b-0.5_-1.5`, a letter for the class and two numbers each. */

/** @typedef {{ of: number, x: number, y: number }} Point `of` is the number of its class */

/**
 * @typedef {object} PointsShape what a field of points takes
 * @property {string[]} classes their names
 * @property {[name: string, text: string][]} presets to begin from
 * @property {number} least
 * @property {number} most
 * @property {number} farthest coordinate
 */

const DECIMALS = 2;
const POINT = /^([a-z])(-?(?:\d+\.?\d*|\.\d+))_(-?(?:\d+\.?\d*|\.\d+))$/;
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const A = "a".charCodeAt(0);

/**
 * @param {string} text
 * @returns {Point[] | null} null if it cannot be read
 */
export function readPoints(text) {
  if (text === "") return [];
  const found = text.split("*").map((part) => POINT.exec(part));
  if (found.includes(null)) return null;
  return found.map((parts) => ({ of: (parts?.[1] ?? "a").charCodeAt(0) - A, x: Number(parts?.[2]), y: Number(parts?.[3]) }));
}

/** @param {Point[]} points */
export const writePoints = (points) => points.map(({ of, x, y }) => `${String.fromCharCode(A + of)}${short(x)}_${short(y)}`).join("*");

/** A coordinate in its shortest form. @param {number} value */
export const short = (value) => String(Number(value.toFixed(DECIMALS)) + 0);

/**
 * The least round step that a pixel can tell.
 * @param {number} perPixel units of the axis in a pixel
 */
export const stepOf = (perPixel) => STEPS.find((step) => step >= perPixel) ?? 10;

/**
 * @param {number} value
 * @param {number} step
 * @param {number} low
 * @param {number} high
 */
export const snapped = (value, step, low, high) => Math.min(Math.max(Number((Math.round(value / step) * step).toFixed(DECIMALS)), low), high);

/**
 * What is changed by moving, turning into the next class, or removing one of the points.
 * @param {PointsShape} shape
 */
export function pointEdits({ classes, least, most, farthest }) {
  /** @param {Point[]} points @param {number} at @param {Partial<Point>} change */
  const changed = (points, at, change) => points.map((point, place) => (place === at ? { ...point, ...change } : point));
  const inside = (/** @type {number} */ value) => snapped(value, 0.01, -farthest, farthest);
  return {
    /** @param {Point[]} points @param {number} at @param {number} x @param {number} y */
    moved: (points, at, x, y) => changed(points, at, { x: inside(x), y: inside(y) }),
    /** @param {Point[]} points @param {number} at */
    turned: (points, at) => changed(points, at, { of: ((points[at]?.of ?? 0) + 1) % classes.length }),
    /** @param {Point[]} points @param {number} at @returns {Point[]} the same where fewer are not taken */
    removed: (points, at) => (points.length > least ? points.filter((_point, place) => place !== at) : points),
    /** @param {Point[]} points @param {Point} point @returns {Point[]} the same where more are not taken */
    added: (points, point) => (points.length < most ? [...points, { ...point, x: inside(point.x), y: inside(point.y) }] : points),
  };
}
