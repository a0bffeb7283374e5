/** The examples that a comparison's view leaves, as cards. */

import { api } from "../api.js";
import { compareCodec, LIST_KEYS } from "../compare-view.js";
import { cardGrid } from "./card-grid.js";
import { compareCard } from "./compare-card.js";

/** @import { ComparedExample } from "../../types/api.js" */

/**
 * @param {() => import("../compare-view.js").CompareView} view with both experiments
 * @param {import("./pictures.js").Pictures} pictures
 * @param {(side: "a" | "b", row: ComparedExample) => string} href
 * @param {{ open: (picture: number) => void, shown: () => void }} act `shown` is called when the cards have changed
 * @param {AbortSignal} signal
 */
export function compareGallery(view, pictures, href, { open, shown }, signal) {
  /** In other experiments a picture has other labels. @param {number} picture */
  const key = (picture) => `${view().a} ${view().b} ${picture}`;
  return cardGrid(
    {
      query: () => compareCodec.encode(view(), LIST_KEYS),
      ask: api.compared,
      key: ({ picture }) => key(picture),
      card: compareCard(href, pictures),
      pictures,
      nothing: "No example is in this range of scores with this label that moved this way.",
      open: () => (view().open === null ? null : key(Number(view().open))),
      setOpen: (name) => open(Number(name.split(" ").at(-1))),
      shown,
    },
    { class: "compare-grid" },
    signal,
  );
}
