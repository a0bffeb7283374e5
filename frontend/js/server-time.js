/** The server's time, as its answers tell it: the clock of the browser may be off. */

/** @type {number | null} */
let start = null; // the server's time when this page's own clock read 0, in milliseconds

/**
 * Learn from the `Date` of an answer; one that comes late, or from a cache, tells of less time than has passed.
 * @param {string | null} date
 */
export function learn(date) {
  const told = Date.parse(date ?? "") - performance.now();
  if (!Number.isNaN(told)) start = Math.max(start ?? told, told);
}

/** The time on the server; on the browser until it has answered, and in a page without a server. */
export function serverTime() {
  return new Date(start === null ? Date.now() : start + performance.now());
}
