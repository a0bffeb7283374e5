/** Where dots, whiskers and the paper's line stand on an axis that several measurements share. */

/** @import { ReportedClaim } from "../types/api.js" */

const ROOM = 0.06; // of the axis at both ends

/**
 * @typedef {object} Axis
 * @property {number} low
 * @property {number} high
 * @property {(value: number) => number} at from 0, its left end, to 1
 */

/**
 * The axis of one claim in several experiments; null where nothing was measured, or not in one unit.
 * @param {(ReportedClaim | null)[]} claims
 * @returns {Axis | null}
 */
export function axisOf(claims) {
  const drawn = claims.flatMap((claim) => (claim && claim.measured !== null ? [claim] : []));
  if (drawn.length === 0 || new Set(drawn.map(({ unit }) => unit)).size > 1) return null;
  const values = drawn.flatMap(({ measured, low, high, paper_number }) => [measured, low, high, paper_number]).filter((value) => value !== null);
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (least === most) return { low: least, high: most, at: () => 0.5 };
  const span = most - least;
  return { low: least, high: most, at: (value) => (value - least + ROOM * span) / (span * (1 + 2 * ROOM)) };
}
