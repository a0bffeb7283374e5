/** Presets beside data of one's own: a data set that somebody has chosen stays, with its labels and classes. */

import { same } from "./schema.js";

/** @import { Field, Params } from "./schema.js" */

const DATA = "Data"; // the heading of all fields that are about data

const AMOUNT = "per_class"; // which is about how much work it is

/** @param {Field[]} fields */
const aboutData = (fields) => fields.filter(({ group }) => group === DATA);

/**
 * Whether parameters have data that none of the presets has, so that somebody must have chosen them.
 * @param {Field[]} fields
 * @param {Params} params
 * @param {Params[]} presets
 */
export function ownData(fields, params, presets) {
  const data = aboutData(fields);
  return data.length > 0 && !presets.some((preset) => data.every(({ name }) => same(preset[name], params[name])));
}

/**
 * A preset with the data of these parameters, of which it says only how much of them is taken.
 * @param {Field[]} fields
 * @param {Params} params
 * @param {Params} preset
 * @returns {Params}
 */
export function withData(fields, params, preset) {
  const kept = aboutData(fields).filter(({ name }) => name !== AMOUNT);
  return { ...preset, ...Object.fromEntries(kept.map(({ name }) => [name, params[name]])) };
}
