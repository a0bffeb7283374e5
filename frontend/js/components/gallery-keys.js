/** Moving through the gallery's cards with the keyboard. Enter opens a card as it does any link. */

import { shortcuts } from "../keyboard.js";

/**
 * Let keys move the focus through the cards of a gallery, from the open one if none has it.
 * @param {HTMLElement} grid
 * @param {(card: HTMLElement) => void} moved called with the card that a key led to
 * @param {AbortSignal} signal
 * @returns {(rows: 1 | -1) => void} do what the key for the next or the previous example does
 */
export function galleryKeys(grid, moved, signal) {
  const cards = () => /** @type {HTMLElement[]} */ ([...grid.children]);
  const focused = () => cards().findIndex((card) => card.contains(document.activeElement));
  const at = () => {
    const place = focused();
    return place < 0 ? cards().findIndex((card) => "open" in card.dataset) : place;
  };

  /** @param {number} to */
  const go = (to) => {
    const all = cards();
    const card = all[Math.min(all.length - 1, Math.max(0, to))];
    if (!card) return;
    /** @type {HTMLElement | null} */ (card.querySelector(".example-link"))?.focus();
    moved(card);
  };

  /** Cards beside each other on the present width. */
  const columns = () => getComputedStyle(grid).gridTemplateColumns.split(" ").length;

  /** Up and down scroll the page as ever, unless an example has the focus. @param {number} rows */
  const jump = (rows) => focused() >= 0 && go(focused() + rows * columns());

  const holds = () => grid.childElementCount > 0;
  shortcuts(
    "Gallery",
    [
      { keys: ["j", "ArrowRight"], title: "Next example", act: () => go(at() + 1), holds },
      { keys: ["k", "ArrowLeft"], title: "Previous example", act: () => go(at() - 1), holds },
      { keys: ["ArrowDown", "ArrowUp"], title: "From an example, to the one below or above", act: (key) => jump(key === "ArrowDown" ? 1 : -1), holds },
      { keys: ["Enter"], title: "Open the page of the example", act: () => false, holds },
    ],
    signal,
  );
  return (step) => go(at() + step);
}
