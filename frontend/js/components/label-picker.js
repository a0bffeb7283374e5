/** One of the chosen data set's label files, or its own labels. */

import { h, replace } from "../dom.js";
import { count } from "../format.js";

/** @typedef {import("./field.js").Control} Control */

/**
 * @param {import("../schema.js").Field} field
 * @param {string} id
 * @returns {Control}
 */
export function labelPicker(field, id) {
  const select = h("select", { id, name: field.name });
  let wanted = "";
  let made = "";

  const keep = () => {
    select.value = wanted;
    if (select.value === wanted) return;
    select.append(h("option", { value: wanted }, `${wanted} (not of this data set)`));
    select.value = wanted;
  };
  select.addEventListener("input", () => {
    wanted = select.value;
  });

  return {
    element: select,
    input: select,
    read: () => select.value || null,
    write(value) {
      wanted = value === null || value === undefined ? "" : String(value);
      keep();
    },
    surround({ dataset }) {
      const files = dataset?.label_sets ?? [];
      const state = JSON.stringify([dataset?.id, files]);
      if (state === made) return;
      made = state;
      const own = h("option", { value: "" }, files.length > 0 ? "Its own labels" : "Its own (no label file yet)");
      replace(select, own, ...files.map(({ name, differ, order_verified: sure }) => h("option", { value: name }, `${name} (${count(differ)} differ${sure ? "" : ", order not verified"})`)));
      keep();
    },
  };
}
