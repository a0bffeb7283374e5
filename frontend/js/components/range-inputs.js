/** A range as a chip and as two number inputs, for those who would rather type it than brush it. */

import { h, replace } from "../dom.js";
import { score } from "../format.js";
import { icon } from "../icons.js";

const STEPS = 40; // from one end of the range to the other

/** @typedef {{ title: string, low: number, high: number }} Limits */

/**
 * @param {(from: number | null, to: number | null) => void} change
 * @param {Partial<Limits>} [limits] those of scores unless others are named
 * @returns {{ element: HTMLElement, update: (low: number | null, high: number | null) => void }}
 */
export function rangeInputs(change, { title = "Memorization", low: least = -1, high: most = 1 } = {}) {
  const step = (most - least) / STEPS;
  /** @param {string} name @param {number} placeholder */
  const input = (name, placeholder) =>
    h("input", { type: "number", name, min: least, max: most, step, placeholder: String(placeholder).replace("-", "−"), onchange: () => read() });
  const low = input("from", least);
  const high = input("to", most);
  /** @param {HTMLInputElement} element */
  const value = ({ valueAsNumber: number }) => (Number.isNaN(number) ? null : Math.min(most, Math.max(least, number)));
  const read = () => change(value(low), value(high));
  const chip = h("button", {
    type: "button",
    class: "chip",
    hidden: true,
    onclick: () => change(null, null),
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
      const range = `${score(from ?? least)} to ${score(to ?? most)}`;
      replace(chip, range, icon("close"));
      chip.setAttribute("aria-label", `Clear the range ${range} of ${title}`);
    },
  };
}

/** @param {number | null} bound */
const shown = (bound) => (bound === null ? "" : String(Number(bound.toFixed(4))));
