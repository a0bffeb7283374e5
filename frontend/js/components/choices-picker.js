/** Any of a field's options, as check boxes with a line of explanation each. */

import { h } from "../dom.js";
import { words } from "../format.js";

/** @typedef {import("./field.js").Control} Control */

/**
 * @param {import("../schema.js").Field} field
 * @param {string} id
 * @returns {Control}
 */
export function choicesPicker(field, id) {
  const boxes = field.options.map((option) => {
    const value = String(option);
    return h("input", { type: "checkbox", name: field.name, value, "aria-describedby": field.notes[value] && `${id}-${value}-note` });
  });
  const choices = boxes.map((box) => {
    const note = field.notes[box.value];
    return h(
      "label",
      { class: "choice" },
      box,
      h("span", {}, field.labels[box.value] ?? words(box.value)),
      note && h("small", { id: `${id}-${box.value}-note` }, note),
    );
  });
  const group = h("div", { id, role: "group", tabindex: -1, "aria-labelledby": `${id}-label`, class: "choices" }, ...choices);
  return {
    element: group,
    input: group,
    read: () => field.options.filter((option) => boxes.some(({ value, checked }) => checked && value === String(option))),
    write(value) {
      const chosen = [value ?? []].flat().map(String);
      for (const box of boxes) box.checked = chosen.includes(box.value);
    },
  };
}
