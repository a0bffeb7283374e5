/** One field of a study's form: control, help, and the place for what is wrong with it. */

import { h, text } from "../dom.js";
import { told } from "../format.js";
import { choicesPicker } from "./choices-picker.js";
import { classPicker } from "./class-picker.js";
import { plainControl } from "./controls.js";
import { datasetPicker } from "./dataset-picker.js";
import { experimentPicker } from "./experiment-picker.js";
import { labelPicker } from "./label-picker.js";
import { matrixPicker } from "./matrix-picker.js";
import { sizeLadder } from "./size-ladder.js";

/** @import { Dataset } from "../../types/api.js" */
/** @import { Field, Params } from "../schema.js" */

/**
 * @typedef {object} Surroundings what a control may have to know beside its own value
 * @property {Params} params
 * @property {Dataset[]} datasets
 * @property {Dataset | undefined} dataset the chosen one
 * @property {Record<string, number>} parameters of one model by size, as the last estimate says
 */

/**
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {HTMLElement} input what the label names and the error marks
 * @property {() => unknown} read
 * @property {(value: unknown) => void} write
 * @property {(around: Surroundings) => void} [surround]
 */

/**
 * @typedef {object} FieldControl
 * @property {Field} field
 * @property {HTMLElement} element
 * @property {() => unknown} read
 * @property {(value: unknown) => void} write
 * @property {(around: Surroundings) => void} surround
 * @property {(detail: string | null) => void} fail
 * @property {() => string | null} failure
 * @property {() => void} focus
 */

/** @type {Record<string, (field: Field, id: string) => Control>} */
const OF_FORMAT = { dataset: datasetPicker, classes: classPicker, labels: labelPicker, experiment: experimentPicker, matrix: matrixPicker };

/**
 * The control of a field in a form that is sent when it is complete.
 * @param {Field} field
 */
const formControl = (field) => (field.ladders ? sizeLadder : (OF_FORMAT[field.format] ?? (field.kind === "choices" ? choicesPicker : plainControl)));

/**
 * @param {Field} field
 * @param {string} [prefix] of ids, where several forms share a page
 * @param {(field: Field, id: string) => Control} [make]
 * @returns {FieldControl}
 */
export function fieldControl(field, prefix = "field", make = formControl(field)) {
  const id = `${prefix}-${field.name}`;
  const control = make(field, id);
  const error = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const limits = Object.values(OF_FORMAT).includes(make) ? "" : field.limits;
  const help = h("p", { class: "field-help", id: `${id}-help` }, [told(field.description), limits].filter(Boolean).join(" "));
  const caution = field.caution && h("p", { class: "field-caution", id: `${id}-caution`, hidden: true }, field.caution.text);
  control.input.setAttribute("aria-describedby", [`${id}-help`, caution && `${id}-caution`, `${id}-error`].filter(Boolean).join(" "));
  const label = h("label", { class: "field-label", for: id, id: `${id}-label` }, field.title);
  const head = field.kind === "boolean" ? h("span", { class: "check" }, control.element, label) : label;
  const kind = field.format && OF_FORMAT[field.format] ? field.format : field.kind;
  /** @type {string | null} */
  let failure = null;
  return {
    field,
    element: h("div", { class: `field field-${kind}`, "data-field": field.name }, head, field.kind !== "boolean" && control.element, help, caution, error),
    read: control.read,
    write: control.write,
    surround(around) {
      control.surround?.(around);
      const value = around.params[field.name];
      if (field.caution && caution) caution.hidden = typeof value !== "number" || value >= field.caution.below;
    },
    fail(detail) {
      failure = detail;
      error.hidden = detail === null;
      text(error, detail ?? "");
      if (detail === null) control.input.removeAttribute("aria-invalid");
      else control.input.setAttribute("aria-invalid", "true");
    },
    failure: () => failure,
    focus: () => control.input.focus(),
  };
}
