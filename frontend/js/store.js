/** Holds the view of the open page; the address bar is its only memory. */

import { explicit } from "./place.js";
import { isKnown, recall, shorten, writtenOut } from "./short-views.js";
import { viewCodec } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {{ location: { pathname: string, search: string }, history: Pick<History, "pushState" | "replaceState" | "state"> }} Host */

/**
 * @template {object} [V=View]
 * @typedef {object} Store
 * @property {() => V} get
 * @property {() => string[]} unknown keys of the address that could not be read
 * @property {(patch: Partial<V>, options?: { history?: "push" | "replace" }) => void} set
 * @property {(listener: (view: V, previous: V) => void) => () => void} subscribe
 * @property {() => void} restore read the address again, after Back or Forward
 */

/**
 * The store of an experiment's view.
 * @param {Host} [host]
 * @returns {Store}
 */
export const createStore = (host = window) => storeOf(viewCodec, host);

/**
 * @template {object} V
 * @param {import("./codec.js").Codec<V>} codec
 * @param {Host} [host]
 * @returns {Store<V>}
 */
export function storeOf({ decode, encode }, host = window) {
  let { view, unknown } = decode(writtenOut(host.location.search));
  shorten(host);
  /** @type {Set<(view: V, previous: V) => void>} */
  const listeners = new Set();

  /** @param {V} next */
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
      const query = encode(next);
      if (query === encode(view)) return;
      unknown = [];
      const url = host.location.pathname + explicit(query);
      if (history === "push") host.history.pushState(null, "", url);
      else host.history.replaceState(null, "", url);
      shorten(host);
      become(next);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    restore() {
      const { search } = host.location;
      const read = () => {
        if (host.location.search !== search) return;
        const decoded = decode(writtenOut(search));
        unknown = decoded.unknown;
        shorten(host);
        if (encode(decoded.view) !== encode(view)) become(decoded.view);
      };
      if (isKnown(search)) read();
      else recall(search).then(read);
    },
  };
}
