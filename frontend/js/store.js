/** Holds the view of the open page; the address bar is its only memory. */

import { addressed } from "./addressed.js";
import { explicit } from "./place.js";
import { isKnown, recall, shorten, writtenOut } from "./short-views.js";
import { viewCodecOf } from "./view.js";

/** @typedef {import("./view.js").View} View */
/** @typedef {{ location: { pathname: string, search: string }, history: Pick<History, "pushState" | "replaceState" | "state"> }} Host */

/**
 * @template {object} [V=View]
 * @typedef {import("./addressed.js").Store<V>} Store
 */

/**
 * The store of an experiment's view.
 * @param {Host} [host]
 * @param {readonly string[]} [controls] of its study's figures, beside those that the page knows
 * @returns {Store}
 */
export const createStore = (host = window, controls = []) => storeOf(viewCodecOf(controls), host);

/**
 * @template {object} V
 * @param {import("./codec.js").Codec<V>} codec
 * @param {Host} [host]
 * @returns {Store<V>}
 */
export function storeOf(codec, host = window) {
  const store = addressed(codec, {
    read: () => writtenOut(host.location.search),
    write(query, history) {
      const url = host.location.pathname + explicit(query);
      if (history === "push") host.history.pushState(null, "", url);
      else host.history.replaceState(null, "", url);
      shorten(host);
    },
  });
  shorten(host);
  return {
    ...store,
    restore() {
      const { search } = host.location;
      const read = () => {
        if (host.location.search !== search) return;
        shorten(host);
        store.restore();
      };
      if (isKnown(search)) read();
      else recall(search).then(read);
    },
  };
}
