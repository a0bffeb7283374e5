/** All fields of a study as one group of controls that know of each other. */

import { applies, defaultsOf, fieldsOf, same } from "../schema.js";
import { ladderPair } from "../ladders.js";
import { fieldControl } from "./field.js";
import { formGroups } from "./form-groups.js";

/** @import { Dataset } from "../../types/api.js" */
/** @import { Field, Params, Schema } from "../schema.js" */

/**
 * @param {Schema} schema
 * @param {Dataset[]} datasets
 * @param {object} [options]
 * @param {string} [options.prefix] of ids, where several forms share a page
 * @param {(fields: Field[]) => Field[]} [options.arrange] chooses and orders the fields
 * @param {Dataset} [options.dataset] the one that is meant where no field asks for it
 * @param {(field: Field) => (field: Field, id: string) => import("./field.js").Control} [options.make] chooses their controls
 */
export function studyFields(schema, datasets, { prefix, arrange = (all) => all, dataset: fixed, make } = {}) {
  const fields = arrange(fieldsOf(schema));
  const controls = fields.filter(({ fixed: single }) => !single).map((field) => fieldControl(field, prefix, make?.(field)));
  const groups = formGroups(controls);
  const asksFor = fields.find((field) => field.format === "dataset");
  const pair = ladderPair(fields);
  let defaults = defaultsOf(fields);
  /** @type {Record<string, number>} */
  let parameters = {};

  const fixedValues = Object.fromEntries(fields.filter(({ fixed: single }) => single).map((field) => [field.name, field.value]));
  const values = () => ({ ...fixedValues, ...Object.fromEntries(controls.map(({ field, read }) => [field.name, read()])) });
  const dataset = () => (asksFor ? datasets.find(({ id }) => id === values()[asksFor.name]) : fixed);

  /** What does not apply has its default, whatever stands in its hidden control. */
  const params = () => {
    const read = values();
    const defaults = defaultsOf(fields, read);
    return Object.fromEntries(fields.map((field) => [field.name, applies(field, read) ? read[field.name] : defaults[field.name]]));
  };

  const refresh = () => {
    const now = params();
    const around = { params: now, datasets, dataset: dataset(), parameters };
    defaults = defaultsOf(fields, now);
    for (const control of controls) control.surround(around);
    groups.update(now, defaults);
  };

  return {
    fields,
    controls,
    element: groups.element,
    params,
    dataset,
    refresh,
    unfold: groups.open,
    /** @param {Params} given */
    defaults: (given) => defaultsOf(fields, given),

    /**
     * Put values into all fields; those not given get their defaults.
     * @param {Params} given
     */
    fill(given) {
      const all = { ...defaultsOf(fields, given), ...given };
      for (const { field, write } of controls) write(all[field.name]);
      refresh();
      groups.open();
    },

    /**
     * Another data set has other defaults, another family other sizes.
     * @param {EventTarget | null} target of an input event
     */
    typed(target) {
      const now = values();
      const next = defaultsOf(fields, now);
      for (const { field, read, write } of controls) {
        if (field.otherwise && same(read(), defaults[field.name])) write(next[field.name]);
      }
      if (!pair || !(target instanceof HTMLSelectElement) || target.name !== pair.family.name) return;
      controls.find(({ field }) => field === pair.sizes)?.write(pair.ladders[target.value]?.sizes ?? []);
      parameters = {};
    },

    /** @param {Record<string, number>} counts of one model's parameters by size */
    setParameters(counts) {
      parameters = counts;
      refresh();
    },

    /** @param {Dataset} next */
    setDataset(next) {
      fixed = next;
      refresh();
    },

    /** @param {Dataset[]} items */
    setDatasets(items) {
      datasets = items;
      refresh();
    },
  };
}
