/** What the first page shows, all of it in its address: the example it begins with, and which experiments are listed. */

import { choice, codec, INTEGER, matching, number } from "./codec.js";

/**
 * @typedef {object} HomeView
 * @property {string} q words of the experiments
 * @property {string} study
 * @property {string} state
 * @property {string} story the example that is told, or all of them; empty is the first
 * @property {number | null} asked how many models; null is all
 * @property {import("./codec.js").Further} further
 */

export const ALL = "all";
export const STORIES = /** @type {const} */ (["ordinary", "memorized", "mislabeled", "between", "missed"]);

/** @type {Record<string, { title: string, statuses: string[] }>} */
export const STATES = {
  unfinished: { title: "Waiting or running", statuses: ["queued", "running", "cancelling"] },
  done: { title: "Done", statuses: ["done"] },
  failed: { title: "Failed", statuses: ["failed"] },
  cancelled: { title: "Cancelled", statuses: ["cancelled"] },
};

/** @type {Readonly<HomeView>} */
export const HOME = Object.freeze({ q: "", study: "", state: "", story: "", asked: null, further: {} });

/** @type {import("./codec.js").Codec<HomeView>} */
export const { decode, encode } = codec(
  {
    q: matching(/^.{0,100}$/),
    study: matching(/^\w{0,64}$/),
    state: choice(["", ...Object.keys(STATES)]),
    story: choice(["", ...STORIES, ALL]),
    asked: number(INTEGER),
  },
  HOME,
);

/**
 * Which experiments are wanted, in the words of the API.
 * @param {HomeView} view
 */
export function wantedOf({ q, study, state }) {
  return { ...(q && { q }), ...(study && { study }), status: STATES[state]?.statuses ?? [] };
}
