/** One model size out of those with scores, as a row of radio buttons. */

import { h, replace } from "../dom.js";

/**
 * @param {string} sizeName such as "width"
 * @param {string | null} all text of a first choice that stands for no size, or null for none
 * @param {(size: number | null) => void} change
 * @returns {{ element: HTMLElement, update: (sizes: number[], chosen: number | null) => void }}
 */
export function sizePicker(sizeName, all, change) {
  const row = h("div", { class: "segments" });
  const element = h("fieldset", { class: "size-picker" }, h("legend", {}, `Model size (${sizeName})`), row);
  let made = "";

  /** @param {number[]} sizes */
  const make = (sizes) => {
    const choices = [...(all === null ? [] : [[all, ""]]), ...sizes.map((size) => [String(size), String(size)])];
    const focused = document.activeElement instanceof HTMLInputElement && row.contains(document.activeElement) ? document.activeElement.value : null;
    replace(row, ...choices.map(([name, value]) => h("label", {}, h("input", { type: "radio", name: "size", value, onchange: pick }), h("span", {}, name))));
    for (const input of row.querySelectorAll("input")) if (input.value === focused) input.focus();
  };

  /** @param {Event} event */
  const pick = (event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    change(value === "" ? null : Number(value));
  };

  return {
    element,
    update(sizes, chosen) {
      const state = sizes.join();
      element.hidden = sizes.length === 0;
      if (state !== made) make(sizes);
      made = state;
      for (const input of row.querySelectorAll("input")) input.checked = input.value === (chosen === null ? "" : String(chosen));
    },
  };
}
