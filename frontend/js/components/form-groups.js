/** A form's fields under their headings; rare ones fold away, and those that mean nothing now are hidden. */

import { h, text } from "../dom.js";
import { applies, grouped, same } from "../schema.js";

/** @import { Params } from "../schema.js" */
/** @typedef {import("./field.js").FieldControl} FieldControl */

/**
 * @param {FieldControl[]} controls
 * @returns {{ element: HTMLElement, update: (params: Params, defaults: Params) => void, open: () => void }} `open`
 *   unfolds what differs from its default or is wrong
 */
export function formGroups(controls) {
  const groups = grouped(controls.map(({ field }) => field));
  /** @type {(() => void)[]} */
  const openers = [];
  /** @type {((params: Params, defaults: Params) => void)[]} */
  const updaters = [];

  /** @param {import("../schema.js").Field[]} fields */
  const of = (fields) => controls.filter(({ field }) => fields.includes(field));

  const sections = groups.map(({ title, usual, advanced }) => {
    const folded = advanced.length > 0 && fold(usual.length > 0 ? `More ${title.toLowerCase()} settings` : "Settings", of(advanced));
    if (folded) {
      openers.push(folded.open);
      updaters.push(folded.update);
    }
    const grid = usual.length > 0 && h("div", { class: "field-grid" }, ...of(usual).map(({ element }) => element));
    const content = [grid, folded && folded.element];
    const section = title ? h("fieldset", { class: "form-group" }, h("legend", {}, title), ...content) : h("div", { class: "form-group" }, ...content);
    updaters.push((params) => {
      section.hidden = ![...usual, ...advanced].some((field) => applies(field, params));
    });
    return section;
  });

  return {
    element: h("div", { class: "form-groups" }, ...sections),
    update(params, defaults) {
      for (const { field, element } of controls) element.hidden = !applies(field, params);
      for (const update of updaters) update(params, defaults);
    },
    open() {
      for (const open of openers) open();
    },
  };
}

/**
 * @param {string} name
 * @param {FieldControl[]} controls
 */
function fold(name, controls) {
  const summary = h("summary", {});
  const grid = h("div", { class: "field-grid" }, ...controls.map(({ element }) => element));
  const element = h("details", { class: "form-more" }, summary, grid);
  let changed = 0;
  return {
    element,
    /** @param {Params} params @param {Params} defaults */
    update(params, defaults) {
      element.hidden = !controls.some(({ field }) => applies(field, params));
      changed = controls.filter(({ field }) => !same(params[field.name], defaults[field.name])).length;
      text(summary, changed > 0 ? `${name} · ${changed} changed` : name);
    },
    open() {
      if (changed > 0 || controls.some((control) => control.failure() !== null)) element.open = true;
    },
  };
}
