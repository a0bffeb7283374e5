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
 */

/**
 * @param {Source} source
 * @param {{ shown: (rows: Score[]) => void, clear: HTMLElement }} parts `clear` is the button that drops all filters
 * @param {AbortSignal} signal
 */
export function gallery({ id, view, sizes, columns, pictures }, { shown, clear }, signal) {
  return cardGrid(
    {
      query: () => encodeForApi(view()),
      fetch: (query, current) => api.examples(id, query, current),
      key: (row) => String(row.index),
      card: exampleCard((index) => exampleHref(id, index, encode({ ...view(), tab: "overview" })), pictures, {
        sort: () => view().sort.replace("-", ""),
        sizes,
        columns,
      }),
      pictures,
      nothing: "No example has a score in this range with these labels and verdicts.",
      shown,
    },
    { head: clear },
    signal,
  );
}
