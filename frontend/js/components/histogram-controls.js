/** How the histogram is drawn: what its bars are stacked by, the scale of its counts; and the scores at its ends. */

import { h, text } from "../dom.js";
import { count } from "../format.js";
import { ESTIMATORS, SCALES, STACKS } from "../view.js";

/** @import { Histogram } from "../../types/api.js" */

const STACK_NAMES = { flipped: "flipped", label: "label", verdict: "verdict", none: "nothing" };

/**
 * @param {import("../store.js").Store} store
 * @param {boolean} relabels whether labels can be flipped
 * @returns {{ element: HTMLElement, ends: HTMLElement, update: () => void, count: (histogram: Histogram) => void }}
 *   `ends` are buttons that choose the scores of exactly 0 and exactly 1
 */
export function histogramControls(store, relabels) {
  const stacks = STACKS.filter((value) => relabels || value !== "flipped");
  const stack = segments("Stack by", stacks.map((value) => [value, STACK_NAMES[value]]), (value) => store.set({ stack: value }));
  const estimator = segments("Scores from", ESTIMATORS.map((value) => [value, value]), (value) => store.set({ estimator: value }));
  estimator.element.title =
    "Counts of right answers are the definition. Margins also use how clearly models answer: narrower intervals from the same models, but one example can be drawn towards its peers.";
  const scale = segments("Counts", SCALES.map((value) => [value, value]), (value) => store.set({ scale: value }));

  /** @param {number} value */
  const chosen = (value) => store.get().memorization_gte === value && store.get().memorization_lte === value;

  const ends = [0, 1].map((value) =>
    h("button", {
      type: "button",
      class: "end-button",
      onclick: () => {
        const bound = chosen(value) ? null : value;
        store.set({ memorization_gte: bound, memorization_lte: bound });
      },
    }),
  );

  return {
    element: h("div", { class: "histogram-controls" }, stack.element, scale.element, estimator.element),
    ends: h("div", { class: "histogram-ends" }, ...ends),
    update() {
      stack.update(stacks.find((value) => value === store.get().stack) ?? "none");
      scale.update(store.get().scale);
      estimator.update(store.get().estimator);
      ends.forEach((button, value) => button.setAttribute("aria-pressed", String(chosen(value))));
    },
    count({ zero, one }) {
      [zero, one].forEach((found, value) => text(/** @type {Element} */ (ends[value]), `exactly ${value}: ${count(found)}`));
    },
  };
}

/**
 * A row of radio buttons.
 * @param {string} title
 * @param {string[][]} choices value and text
 * @param {(value: string) => void} change
 */
function segments(title, choices, change) {
  const name = `histogram-${title.toLowerCase().replace(" ", "-")}`;
  const inputs = choices.map(([value]) => h("input", { type: "radio", name, value, onchange: () => change(value ?? "") }));
  const labels = choices.map(([, words], at) => h("label", {}, inputs[at], h("span", {}, words)));
  return {
    element: h("fieldset", { class: "inline-choice" }, h("legend", {}, title), h("div", { class: "segments" }, ...labels)),
    /** @param {string} value */
    update(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}
