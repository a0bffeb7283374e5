/** One of a few options, side by side. */

import { h } from "../dom.js";

let made = 0; // each group needs a name of its own

/**
 * @param {string} title
 * @param {(readonly [value: string, name: string])[]} choices
 * @param {(value: string) => void} change
 */
export function segments(title, choices, change) {
  const name = `segments-${(made += 1)}`;
  const inputs = choices.map(([value]) => h("input", { type: "radio", name, value, onchange: () => change(value) }));
  const labels = choices.map(([, words], at) => h("label", {}, inputs[at], h("span", {}, words)));
  return {
    element: h("fieldset", { class: "inline-choice" }, h("legend", {}, title), h("div", { class: "segments" }, ...labels)),
    /** @param {string} value */
    update(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}
