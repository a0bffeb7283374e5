/** The plain controls: text, lines, number, choice, check box. */

import { h } from "../dom.js";
import { parse, print } from "../schema.js";

/** @import { Field } from "../schema.js" */
/** @typedef {import("./field.js").Control} Control */

/**
 * Numbers are text inputs: a `number` input would hide what was typed wrong, and nothing may be lost.
 * @param {Field} field
 * @param {string} id
 * @returns {Control}
 */
export function plainControl(field, id) {
  const common = { id, name: field.name };
  if (field.kind === "boolean") return check(h("input", { ...common, type: "checkbox" }));
  if (field.kind === "choice") {
    return written(field, h("select", common, ...field.options.map((option) => choice(String(option), field.labels))));
  }
  const plain = { ...common, autocomplete: "off", spellcheck: "false" };
  if (field.kind === "list" && field.item === "text") return written(field, h("textarea", { ...plain, rows: 3 }), "\n");
  const inputmode = field.kind === "integer" ? "numeric" : field.kind === "number" ? "decimal" : "text";
  return written(field, h("input", { ...plain, type: "text", inputmode }));
}

/**
 * @param {string} value
 * @param {Record<string, string>} labels
 */
const choice = (value, labels) => h("option", { value }, labels[value] ?? value.replaceAll("_", " "));

/**
 * @param {Field} field
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input
 * @param {string} [separator] between the items of a list
 * @returns {Control}
 */
function written(field, input, separator) {
  return {
    element: input,
    input,
    read: () => parse(field, input.value),
    write(value) {
      input.value = print(value, separator);
    },
  };
}

/**
 * @param {HTMLInputElement} input
 * @returns {Control}
 */
function check(input) {
  return {
    element: input,
    input,
    read: () => input.checked,
    write(value) {
      input.checked = value === true;
    },
  };
}
