/** Which changes belong together, so that Back takes a whole drag or a run of keys back, and not its last step. */

const PAUSE_MS = 1000;

/**
 * @param {() => number} [now] in milliseconds
 * @returns {(what: string) => "push" | "replace"} told what changes, what to do with the history: changes of the same
 *   thing in quick succession are one entry
 */
export function runs(now = Date.now) {
  let last = "";
  let at = -Infinity;
  return (what) => {
    const goesOn = what === last && now() - at < PAUSE_MS;
    last = what;
    at = now();
    return goesOn ? "replace" : "push";
  };
}
