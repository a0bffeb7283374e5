/** How cards are shown: how large their pictures are, and how much is said beside them. */

import { h, text } from "../dom.js";
import { shortcuts } from "../keyboard.js";
import { runs } from "../runs.js";
import { DENSITIES, LARGEST_TILE, SMALLEST_TILE } from "../view.js";
import { menu } from "./menu.js";
import { segments } from "./segments.js";

const STEP = 16; // pixels

/** @type {Record<typeof DENSITIES[number], string>} */
const NAMES = { picture: "picture only", score: "with score", full: "everything" };

/**
 * @param {import("../store.js").Store} store
 * @param {HTMLElement} grid of cards
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, sheet: HTMLElement, update: () => void }} `sheet` has room for what else is done with cards
 */
export function cardsMenu(store, grid, signal) {
  const history = runs();
  const output = h("output", {});
  /** @param {number} tile */
  const resize = (tile) => store.set({ tile: Math.min(LARGEST_TILE, Math.max(SMALLEST_TILE, tile)) }, { history: history("tile") });
  const slider = h("input", { type: "range", min: SMALLEST_TILE, max: LARGEST_TILE, step: STEP, oninput: () => resize(slider.valueAsNumber) });
  const density = segments("Card", DENSITIES.map((value) => [value, NAMES[value]]), (value) => store.set({ density: value }));
  const denser = () => store.set({ density: DENSITIES[(DENSITIES.findIndex((value) => value === store.get().density) + 1) % DENSITIES.length] });

  shortcuts(
    "Cards",
    [
      { keys: ["+", "=", "-"], shown: ["+", "-"], title: "Larger or smaller pictures", act: (key) => resize(store.get().tile + (key === "-" ? -STEP : STEP)) },
      { keys: ["d"], title: "More or less on each card", act: denser },
    ],
    signal,
  );

  const sheet = h("div", { class: "cards-sheet" }, h("label", { class: "tile-slider" }, "Picture size", slider, output), density.element);
  return {
    element: menu(["Cards"], sheet),
    sheet,
    update() {
      const { tile, density: chosen } = store.get();
      slider.value = String(tile);
      text(output, `${tile} px`);
      density.update(chosen);
      grid.dataset.density = chosen;
      grid.style.setProperty("--tile", `${tile}px`);
    },
  };
}
