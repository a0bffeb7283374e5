/** The brushed range as a chip and as two number inputs, for those who would rather type it. */

import { h, replace } from "../dom.js";
import { score } from "../format.js";
import { icon } from "../icons.js";

/** @typedef {{ memorization_gte: number | null, memorization_lte: number | null }} RangePatch */

/**
 * @param {(patch: RangePatch) => void} change
 * @param {string} [title]
 * @returns {{ element: HTMLElement, update: (low: number | null, high: number | null) => void }}
 */
export function rangeInputs(change, title = "Memorization") {
  const read = () => change({ memorization_gte: value(low), memorization_lte: value(high) });
  const low = input("from", read);
  const high = input("to", read);
  const chip = h("button", {
    type: "button",
    class: "chip",
    hidden: true,
    onclick: () => change({ memorization_gte: null, memorization_lte: null }),
  });
  return {
    element: h(
      "fieldset",
      { class: "range" },
      h("legend", {}, title),
      h("label", {}, "from", low),
      h("label", {}, "to", high),
      chip,
    ),
    update(from, to) {
      if (document.activeElement !== low) low.value = shown(from);
      if (document.activeElement !== high) high.value = shown(to);
      chip.hidden = from === null && to === null;
      if (chip.hidden) return;
      replace(chip, `${score(from ?? -1)} to ${score(to ?? 1)}`, icon("close"));
      chip.setAttribute("aria-label", `Clear the range ${score(from ?? -1)} to ${score(to ?? 1)}`);
    },
  };
}

/**
 * @param {string} name
 * @param {() => void} read
 */
function input(name, read) {
  return h("input", { type: "number", name, min: -1, max: 1, step: 0.05, placeholder: name === "from" ? "−1" : "1", onchange: read });
}

/** @param {number | null} bound */
const shown = (bound) => (bound === null ? "" : String(Number(bound.toFixed(4))));

/** @param {HTMLInputElement} element */
function value(element) {
  const number = element.valueAsNumber;
  return Number.isNaN(number) ? null : Math.min(1, Math.max(-1, number));
}
