/** A view whose only memory is an address: of a page, or of a file on disk. */

/**
 * @template {object} V
 * @typedef {object} Store
 * @property {() => V} get
 * @property {() => string[]} unknown keys of the address that could not be read
 * @property {(patch: Partial<V>, options?: { history?: "push" | "replace" }) => void} set
 * @property {(listener: (view: V, previous: V) => void) => () => void} subscribe
 * @property {() => void} restore read the address again, after Back or Forward
 */

/**
 * @template {object} V
 * @param {import("./codec.js").Codec<V>} codec
 * @param {{ read: () => string, write: (query: string, history: "push" | "replace") => void }} address
 * @returns {Store<V>}
 */
export function addressed({ decode, encode }, { read, write }) {
  let { view, unknown } = decode(read());
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
      write(query, history);
      become(next);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    restore() {
      const decoded = decode(read());
      unknown = decoded.unknown;
      if (encode(decoded.view) !== encode(view)) become(decoded.view);
    },
  };
}
