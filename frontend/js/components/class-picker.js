/** Classes of the chosen data set to keep, as toggles; none chosen means all. */

import { h, replace, text } from "../dom.js";

/** @typedef {import("./field.js").Control} Control */

const SEARCHED = 24; // more classes than these get a field to find them by

/**
 * @param {import("../schema.js").Field} _field
 * @param {string} id
 * @returns {Control}
 */
export function classPicker(_field, id) {
  /** @type {string[]} */
  let classes = [];
  let made = "";
  /** @type {Set<string>} */
  const chosen = new Set();
  const row = h("div", { class: "segments class-toggles" });
  const kept = h("span", { "aria-live": "polite" });
  const clear = h("button", { type: "button", class: "link-button", onclick: () => clearAll() }, "Keep all");
  const search = h("input", {
    type: "search",
    placeholder: "Find a class",
    "aria-label": "Find a class",
    autocomplete: "off",
    oninput: (/** @type {Event} */ event) => {
      event.stopPropagation();
      find();
    },
  });
  const group = h("div", { id, role: "group", tabindex: -1, "aria-labelledby": `${id}-label`, class: "class-picker" });
  group.append(h("p", { class: "class-kept" }, kept, clear), search, row);

  const clearAll = () => {
    chosen.clear();
    show();
    group.focus();
    group.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const find = () => {
    const word = search.value.trim().toLowerCase();
    for (const label of row.children) {
      if (label instanceof HTMLElement) label.hidden = word !== "" && !label.textContent?.toLowerCase().includes(word);
    }
  };

  const names = () => [...classes, ...[...chosen].filter((name) => !classes.includes(name))];

  const make = () => {
    replace(row, ...names().map(toggle));
    search.hidden = classes.length <= SEARCHED;
    search.value = "";
  };

  /** @param {string} name */
  const toggle = (name) => {
    const oninput = (/** @type {Event} */ event) => {
      if (/** @type {HTMLInputElement} */ (event.target).checked) chosen.add(name);
      else chosen.delete(name);
      show();
    };
    const note = classes.includes(name) || classes.length === 0 ? "" : " (not of this data set)";
    return h("label", {}, h("input", { type: "checkbox", name: `${id}-class`, value: name, oninput }), h("span", {}, name + note));
  };

  const show = () => {
    for (const input of row.querySelectorAll("input")) input.checked = chosen.has(input.value);
    text(kept, chosen.size === 0 ? `All ${classes.length} are kept.` : `${chosen.size} of ${classes.length} are kept.`);
    clear.hidden = chosen.size === 0;
  };

  const refresh = () => {
    const state = JSON.stringify(names());
    if (state !== made) make();
    made = state;
    show();
  };

  return {
    element: group,
    input: group,
    read: () => names().filter((name) => chosen.has(name)),
    write(value) {
      chosen.clear();
      for (const name of [value ?? []].flat()) chosen.add(String(name));
      refresh();
    },
    surround({ dataset }) {
      classes = dataset?.classes ?? [];
      refresh();
    },
  };
}
