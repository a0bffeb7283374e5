/** The card of a gallery whose details are shown beside it: a click or a key opens one, and it is marked. */

import { galleryKeys } from "./gallery-keys.js";

/**
 * A click on the card that is open follows its link, as Enter does and as clicks with a modifier do.
 * @param {HTMLElement} grid
 * @param {object} opened
 * @param {() => string | null} opened.key of the open card
 * @param {(key: string) => void} opened.open
 * @param {AbortSignal} signal
 * @returns {{ mark: () => void, turn: (step: 1 | -1) => void, reveal: () => void }}
 */
export function openedCard(grid, { key, open }, signal) {
  /** @param {string | null} wanted */
  const cardOf = (wanted) => /** @type {HTMLElement[]} */ ([...grid.children]).find((card) => card.dataset.key === wanted);

  grid.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest(".example-link");
    const card = /** @type {HTMLElement | null | undefined} */ (link?.closest("li"));
    const plain = event.detail > 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!card || !plain || card.dataset.key === key() || grid.hasAttribute("data-choosing")) return;
    event.preventDefault();
    open(card.dataset.key ?? "");
  });
  const turn = galleryKeys(grid, (card) => open(card.dataset.key ?? ""), signal);

  return {
    turn,
    mark() {
      for (const card of grid.querySelectorAll("[data-open]")) card.removeAttribute("data-open");
      cardOf(key())?.setAttribute("data-open", "");
    },
    reveal() {
      const card = cardOf(key());
      card?.scrollIntoView({ block: "nearest" });
      /** @type {HTMLElement | null | undefined} */ (card?.querySelector(".example-link"))?.focus({ preventScroll: true });
    },
  };
}
