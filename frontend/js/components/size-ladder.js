/** Model sizes: the named ones of the chosen family as toggles, and a text for any others. */

import { h, replace, text } from "../dom.js";
import { compact } from "../format.js";
import { steps, toggled } from "../ladders.js";
import { parse, print } from "../schema.js";

/** @typedef {import("./field.js").Control} Control */

/**
 * @param {import("../schema.js").Field} field
 * @param {string} id
 * @returns {Control}
 */
export function sizeLadder(field, id) {
  const input = h("input", { id, name: field.name, type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false" });
  const row = h("div", { class: "segments ladder", role: "group", "aria-label": "Named sizes" });
  const note = h("p", { class: "field-help" }, "The numbers behind the names are parameters of one model on this data.");
  let made = "";

  const read = () => /** @type {unknown[]} */ (parse(field, input.value));

  const check = () => {
    const sizes = read();
    for (const box of row.querySelectorAll("input")) box.checked = sizes.includes(Number(box.value));
  };

  /** @param {Event} event */
  const pick = (event) => {
    const { value, checked } = /** @type {HTMLInputElement} */ (event.target);
    input.value = print(toggled(read(), Number(value), checked));
  };

  /** @param {string} family */
  const make = (family) => {
    const ladder = field.ladders?.[family];
    const named = ladder ? steps(ladder) : [];
    replace(
      row,
      ...named.map(({ size, name }) =>
        h(
          "label",
          {},
          h("input", { type: "checkbox", value: size, oninput: pick, "aria-label": name }),
          h("span", {}, h("b", {}, name), h("small", { "data-size": size })),
        ),
      ),
    );
  };

  /** @param {Record<string, number>} parameters of one model by size, as far as they are known */
  const count = (parameters) => {
    for (const label of row.querySelectorAll("small")) {
      const number = parameters[label.getAttribute("data-size") ?? ""];
      text(label, number === undefined ? "" : ` · ${compact(number)}`);
    }
  };

  return {
    element: h("div", { class: "picker" }, row, note, input),
    input,
    read,
    write(value) {
      input.value = print(value);
      check();
    },
    surround({ params, parameters }) {
      const family = String(Object.values(params).find((value) => typeof value === "string" && field.ladders && value in field.ladders));
      if (family !== made) make(family);
      made = family;
      check();
      count(parameters);
    },
  };
}
