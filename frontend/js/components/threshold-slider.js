/** The threshold of a change as a slider: it reports every step, and when a drag has come to rest. */

import { h, text } from "../dom.js";
import { score } from "../format.js";

const MIN = 0.05;
const MAX = 0.9;
const STEP = 0.01;

/**
 * @param {(tau: number, history: "push" | "replace") => void} change one entry of the history for each drag or run of keys
 * @param {() => void} rest
 * @returns {{ element: HTMLElement, update: (tau: number) => void, dragging: () => boolean }}
 */
export function thresholdSlider(change, rest) {
  let dragging = false;
  let moved = false;
  const drop = () => {
    dragging = moved = false;
    rest();
  };
  const input = h("input", {
    type: "range",
    min: MIN,
    max: MAX,
    step: STEP,
    onpointerdown: () => {
      dragging = true;
      moved = false;
    },
    oninput: () => {
      const history = moved ? "replace" : "push";
      moved = true;
      change(Number(input.value), history);
    },
    onpointerup: drop,
    onpointercancel: drop,
    onblur: () => {
      moved = false;
    },
  });
  const value = h("output", {});
  return {
    element: h("label", { class: "threshold" }, h("span", {}, "Threshold of a change"), input, value),
    update(tau) {
      input.value = String(tau);
      text(value, score(tau));
    },
    dragging: () => dragging,
  };
}
