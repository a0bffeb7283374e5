/** The examples that a comparison's view leaves, as cards. */

import { api } from "../api.js";
import { compareCodec } from "../compare-view.js";
import { cardGrid } from "./card-grid.js";
import { compareCard } from "./compare-card.js";

/** @import { ComparedExample } from "../../types/api.js" */

/**
 * @param {() => import("../compare-view.js").CompareView} view with both experiments
 * @param {import("./pictures.js").Pictures} pictures
 * @param {(side: "a" | "b", row: ComparedExample) => string} href
 * @param {AbortSignal} signal
 */
export function compareGallery(view, pictures, href, signal) {
  return cardGrid(
    {
      query: () => compareCodec.encode(view()),
      fetch: api.compared,
      key: ({ picture }) => `${view().a} ${view().b} ${picture}`, // in other experiments it has other labels
      card: compareCard(href, pictures),
      pictures,
      nothing: "No example is in this range of scores with this label that moved this way.",
    },
    { class: "compare-grid" },
    signal,
  );
}
