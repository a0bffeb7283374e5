/** Holds the view of the exported page; the hash of its address is its only memory. */

import { decode, encode } from "../js/view.js";

/** @typedef {import("../js/store.js").Store} Store */
/** @typedef {import("../js/view.js").View} View */
/** @typedef {{ location: { hash: string }, history: Pick<History, "pushState" | "replaceState"> }} Host */

/**
 * The hash holds the query of Memoscope's own page, so that a view can be carried over; a file has no query.
 * @param {Host} [host]
 * @returns {Store}
 */
export function hashStore(host = window) {
  let { view, unknown } = decode(host.location.hash.slice(1));
  /** @type {Set<(view: View, previous: View) => void>} */
  const listeners = new Set();

  /** @param {View} next */
  const become = (next) => {
    const previous = view;
    view = next;
    for (const listener of listeners) listener(view, previous);
  };

  return {
    get: () => view,
    unknown: () => unknown,
    set(patch, { history = "push" } = {}) {
      const next = { ...view, ...patch };
      if (encode(next) === encode(view)) return;
      unknown = [];
      const url = `#${encode(next)}`;
      if (history === "push") host.history.pushState(null, "", url);
      else host.history.replaceState(null, "", url);
      become(next);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    restore() {
      const read = decode(host.location.hash.slice(1));
      unknown = read.unknown;
      if (encode(read.view) !== encode(view)) become(read.view);
    },
  };
}
