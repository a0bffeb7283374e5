/** Holds the view of the exported page; the hash of its address is its only memory. */

import { addressed } from "../js/addressed.js";
import { fileCodec } from "../js/view.js";

/** @typedef {import("../js/store.js").Store} Store */
/** @typedef {{ location: { hash: string }, history: Pick<History, "pushState" | "replaceState"> }} Host */

/**
 * The hash holds the query of Memoscope's own page, so that a view can be carried over; a file has no query.
 * @param {Host} [host]
 * @returns {Store}
 */
export function hashStore(host = window) {
  return addressed(fileCodec, {
    read: () => host.location.hash.slice(1),
    write(query, history) {
      const url = `#${query}`;
      if (history === "push") host.history.pushState(null, "", url);
      else host.history.replaceState(null, "", url);
    },
  });
}
