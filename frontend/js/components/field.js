/** One field of a study's form: control, help, and the place for what is wrong with it. */

import { h, text } from "../dom.js";

/** @import { Field } from "../schema.js" */

/**
 * @typedef {object} FieldControl
 * @property {Field} field
 * @property {HTMLElement} element
 * @property {() => string} read
 * @property {(value: string) => void} write
 * @property {(detail: string | null) => void} fail
 * @property {() => void} focus
 */

/**
 * @param {Field} field
 * @returns {FieldControl}
 */
export function fieldControl(field) {
  const id = `field-${field.name}`;
  const control = makeControl(field, id);
  const error = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const help = h("p", { class: "field-help", id: `${id}-help` }, [field.description, field.limits].filter(Boolean).join(" "));
  control.setAttribute("aria-describedby", `${id}-help ${id}-error`);
  const label = h("label", { class: "field-label", for: id }, field.title);
  const head = field.kind === "boolean" ? h("span", { class: "check" }, control, label) : label;
  return {
    field,
    element: h("div", { class: `field field-${field.kind}`, "data-field": field.name }, head, field.kind !== "boolean" && control, help, error),
    read: () => (control instanceof HTMLInputElement && control.type === "checkbox" ? String(control.checked) : control.value),
    write(value) {
      if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = value === "true";
      else control.value = value;
    },
    fail(detail) {
      error.hidden = detail === null;
      text(error, detail ?? "");
      if (detail === null) control.removeAttribute("aria-invalid");
      else control.setAttribute("aria-invalid", "true");
    },
    focus: () => control.focus(),
  };
}

/**
 * Numbers are text inputs: a `number` input would hide what was typed wrong, and nothing may be lost.
 * @param {Field} field
 * @param {string} id
 */
function makeControl(field, id) {
  const common = { id, name: field.name };
  if (field.kind === "choice") {
    return h("select", common, ...field.options.map((option) => h("option", { value: String(option) }, String(option))));
  }
  if (field.kind === "boolean") return h("input", { ...common, type: "checkbox" });
  const inputmode = { integer: "numeric", number: "decimal", list: "text", text: "text" }[field.kind];
  return h("input", { ...common, type: "text", inputmode, autocomplete: "off", spellcheck: "false" });
}
