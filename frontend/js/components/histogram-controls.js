/** How the histogram is drawn: what its bars are stacked by, the scale of its counts, and what scores are taken from. */

import { h } from "../dom.js";
import { ESTIMATORS, SCALES, STACKS } from "../view.js";
import { segments } from "./segments.js";

const STACK_NAMES = { flipped: "flipped", label: "label", verdict: "verdict", none: "nothing" };

/**
 * @param {import("../store.js").Store} store
 * @param {boolean} relabels whether labels can be flipped
 * @returns {{ element: HTMLElement, update: () => void }}
 */
export function histogramControls(store, relabels) {
  const stacks = STACKS.filter((value) => relabels || value !== "flipped");
  const stack = segments("Stack by", stacks.map((value) => [value, STACK_NAMES[value]]), (value) => store.set({ stack: value }));
  const estimator = segments("Scores from", ESTIMATORS.map((value) => [value, value]), (value) => store.set({ estimator: value }));
  estimator.element.title =
    "Counts of right answers are the definition. Margins also use how clearly models answer: narrower intervals from the same models, but one example can be drawn towards its peers.";
  const scale = segments("Counts", SCALES.map((value) => [value, value]), (value) => store.set({ scale: value }));
  const matrix = h("input", { type: "checkbox", onchange: () => store.set({ matrix: matrix.checked }) });
  const below = h("label", { class: "check" }, matrix, "Labels and held-out answers below");
  return {
    element: h("div", { class: "histogram-controls" }, stack.element, scale.element, estimator.element, below),
    update() {
      stack.update(stacks.find((value) => value === store.get().stack) ?? "none");
      scale.update(store.get().scale);
      estimator.update(store.get().estimator);
      matrix.checked = store.get().matrix;
    },
  };
}
