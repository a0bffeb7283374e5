/** Moving through the gallery's cards with the keyboard. Enter opens a card as it does any link. */

import { shortcuts } from "../keyboard.js";

/**
 * Let keys move the focus through the cards of a gallery.
 * @param {HTMLElement} grid
 * @param {AbortSignal} signal
 */
export function galleryKeys(grid, signal) {
  const links = () => /** @type {HTMLElement[]} */ ([...grid.querySelectorAll(".example-link")]);
  const focused = () => links().findIndex((link) => link === document.activeElement);

  /** @param {number} to */
  const focus = (to) => {
    const all = links();
    all[Math.min(all.length - 1, Math.max(0, to))]?.focus();
  };

  /** Cards beside each other on the present width. */
  const columns = () => getComputedStyle(grid).gridTemplateColumns.split(" ").length;

  /** Up and down scroll the page as ever, unless an example has the focus. @param {number} rows */
  const jump = (rows) => focused() >= 0 && focus(focused() + rows * columns());

  const holds = () => grid.childElementCount > 0;
  shortcuts(
    "Gallery",
    [
      { keys: ["j", "ArrowRight"], title: "Next example", act: () => focus(focused() + 1), holds },
      { keys: ["k", "ArrowLeft"], title: "Previous example", act: () => focus(focused() - 1), holds },
      { keys: ["ArrowDown", "ArrowUp"], title: "From an example, to the one below or above", act: (key) => jump(key === "ArrowDown" ? 1 : -1), holds },
      { keys: ["Enter"], title: "Open the example", act: () => false, holds },
    ],
    signal,
  );
}
