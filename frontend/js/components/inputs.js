/** Controls that answer at once: sliders with the number beside them, options side by side. */

import { h, text } from "../dom.js";
import { words } from "../format.js";
import { parse, print } from "../schema.js";
import { scaleOf } from "../slider-scale.js";
import { choicesPicker } from "./choices-picker.js";
import { plainControl } from "./controls.js";
import { pointsEditor } from "./points.js";

/** @import { Field } from "../schema.js" */
/** @typedef {import("./field.js").Control} Control */

const SIDE_BY_SIDE = 5; // options; more of them are a list

/**
 * The control of a field where one wants to see at once what it does.
 * @param {Field} field
 * @returns {(field: Field, id: string) => Control}
 */
export function liveControl({ kind, range, options, format }) {
  if (format === "points") return pointsEditor;
  if (range) return slider;
  if (kind === "choices") return choicesPicker;
  return kind === "choice" && options.length <= SIDE_BY_SIDE ? segments : plainControl;
}

/**
 * A slider, and the number as a text beside it: that one holds what counts, also what no slider reaches.
 * @param {Field} field
 * @param {string} id
 * @returns {Control}
 */
function slider(field, id) {
  const scale = scaleOf(/** @type {import("../slider-scale.js").Range} */ (field.range));
  const inputmode = field.kind === "integer" ? "numeric" : "decimal";
  const number = h("input", { id, name: field.name, type: "text", inputmode, autocomplete: "off", spellcheck: "false", class: "slider-number" });
  const range = h("input", { type: "range", min: scale.min, max: scale.max, step: scale.step, "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-help` });
  const read = () => parse(field, number.value);
  const place = () => {
    const value = read();
    if (typeof value === "number") range.value = String(scale.positionOf(value));
    range.setAttribute("aria-valuetext", print(value) || "no number");
  };
  range.addEventListener("input", () => {
    number.value = print(scale.valueAt(range.valueAsNumber));
    range.setAttribute("aria-valuetext", number.value);
  });
  number.addEventListener("input", place);
  return {
    element: h("div", { class: "slider" }, range, number),
    input: number,
    read,
    write(value) {
      number.value = print(value);
      place();
    },
  };
}

/**
 * All options side by side; a value that is none of them stays until one is chosen.
 * @param {Field} field
 * @param {string} id
 * @returns {Control}
 */
function segments(field, id) {
  /** @type {unknown} */
  let value = field.value;
  const radios = field.options.map((option) =>
    h("input", {
      type: "radio",
      name: id,
      value: String(option),
      oninput: () => {
        value = option;
      },
    }),
  );
  const labels = field.options.map((option, at) => {
    const name = h("span", {});
    text(name, field.labels[String(option)] ?? words(String(option)));
    return h("label", {}, radios[at], name);
  });
  const group = h("div", { id, role: "radiogroup", tabindex: -1, "aria-labelledby": `${id}-label`, class: "segments" }, ...labels);
  return {
    element: group,
    input: group,
    read: () => value,
    write(next) {
      value = next;
      radios.forEach((radio, at) => (radio.checked = field.options[at] === next));
    },
  };
}
