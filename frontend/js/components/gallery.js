/** The examples that an experiment's view leaves, as cards. */

import { api } from "../api.js";
import { exampleHref } from "../place.js";
import { encode, encodeForApi } from "../view.js";
import { cardGrid } from "./card-grid.js";
import { exampleCard } from "./example-card.js";

/** @import { Score } from "../../types/api.js" */

/**
 * @typedef {object} Source
 * @property {string} id of the experiment
 * @property {() => import("../view.js").View} view
 * @property {() => number[]} sizes with scores
 * @property {() => readonly import("../../types/api.js").Column[]} columns further numbers of the examples
 * @property {import("./pictures.js").Pictures} pictures
 * @property {(index: number) => void} open show the details of an example
 * @property {() => void} shown called when the cards have changed
 */

/**
 * @param {Source} source
 * @param {HTMLElement[]} head stands above the cards
 * @param {AbortSignal} signal
 */
export function gallery({ id, view, sizes, columns, pictures, open, shown }, head, signal) {
  /** Those that were ever shown. @type {Map<number, Score>} */
  const rows = new Map();
  const grid = cardGrid(
    {
      query: () => encodeForApi(view()),
      async ask(query, current) {
        const page = await api.examples(id, query, current);
        for (const row of page.items) rows.set(row.index, row);
        return page;
      },
      key: (row) => String(row.index),
      card: exampleCard((index) => exampleHref(id, index, encode({ ...view(), tab: "overview", open: null })), pictures, {
        sort: () => view().sort.replace("-", ""),
        sizes,
        columns,
      }),
      pictures,
      nothing: "No example has a score in this range with these labels and verdicts.",
      open: () => (view().open === null ? null : String(view().open)),
      setOpen: (key) => open(Number(key)),
      shown,
    },
    { head },
    signal,
  );
  return { ...grid, row: (/** @type {number} */ index) => rows.get(index) };
}
