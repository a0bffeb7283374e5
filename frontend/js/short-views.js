/** Views too long for an address: the server keeps them, and `?v=name` stands for one in the address bar. */

import { aborted, api } from "./api.js";
import { shareToken } from "./place.js";

const LONGEST = 2000; // characters; mail and chat programs break longer links
const SETTLED_MS = 300; // a drag changes the view many times a second

/** What names stand for: query strings with `?`. @type {Map<string, string>} */
const known = new Map();

/** @typedef {import("./store.js").Host} Host */

/** @param {string} search */
const nameIn = (search) => new URLSearchParams(search).get("v");

/**
 * @param {string} search of an address
 * @returns {boolean} whether `writtenOut` can tell all that it stands for
 */
export function isKnown(search) {
  const name = nameIn(search);
  return name === null || known.has(name);
}

/**
 * Write an address's query out: `v` becomes the view it stands for, what is beside it stays. A name that is not
 * known stays too.
 * @param {string} search
 * @returns {string}
 */
export function writtenOut(search) {
  const stored = known.get(nameIn(search) ?? "");
  if (stored === undefined) return search;
  const beside = new URLSearchParams(search);
  beside.delete("v");
  if (beside.size === 0) return stored;
  const whole = new URLSearchParams(stored);
  for (const key of new Set(beside.keys())) whole.delete(key);
  for (const [key, value] of beside) whole.append(key, value);
  return `?${whole}`;
}

/**
 * Ask the server what the name in a query stands for, unless that is known.
 * @param {string} search
 * @param {AbortSignal} [signal]
 */
export async function recall(search, signal) {
  const name = nameIn(search);
  if (name === null || known.has(name)) return;
  try {
    known.set(name, `?${(await api.view(name, signal)).view}`);
  } catch (error) {
    if (aborted(error)) throw error; // else the page says that it could not read `v`
  }
}

/**
 * Put the short form of a long address in its place, a moment after it last changed.
 * @param {Host} host
 */
export function shorten({ location, history }) {
  const { search } = location;
  if (shareToken || search.length <= LONGEST) return; // a share keeps nothing on the server
  setTimeout(async () => {
    if (location.search !== search) return;
    try {
      const { id } = await api.storeView(search);
      known.set(id, search);
      if (location.search === search) history.replaceState(history.state, "", `${location.pathname}?v=${id}`);
    } catch {
      // The long address holds the same view.
    }
  }, SETTLED_MS);
}
