/** One model size out of those with scores, as a slider with a button that goes through all of them. */

import { h, text } from "../dom.js";
import { player } from "./player.js";

const REST_MS = 600; // at each size, for those who look at it

/**
 * @param {string} sizeName such as "width"
 * @param {(size: number) => Promise<void>} change settled once the size is drawn
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, update: (sizes: number[], chosen: number | null) => void }}
 */
export function sizeScrubber(sizeName, change, signal) {
  /** @type {number[]} */
  let known = [];
  const output = h("output", {});
  const slider = h("input", { type: "range", min: 0, step: 1, "aria-label": `Model size (${sizeName})`, oninput: () => go(slider.valueAsNumber) });
  /** @param {number} place */
  const go = (place) => change(known[place] ?? 0);
  const range = { low: 0, step: 1, get high() { return known.length - 1; } };
  const play = player("model sizes", range, () => slider.valueAsNumber, go, signal, REST_MS);
  const element = h("div", { class: "size-scrubber" }, play, slider, output);
  return {
    element,
    update(sizes, chosen) {
      known = sizes;
      element.hidden = sizes.length === 0;
      play.hidden = sizes.length < 2;
      slider.hidden = sizes.length < 2;
      slider.max = String(sizes.length - 1);
      slider.value = String(sizes.indexOf(chosen ?? NaN));
      slider.setAttribute("aria-valuetext", `${sizeName} ${chosen}`);
      text(output, `${sizeName} ${chosen}`);
    },
  };
}
