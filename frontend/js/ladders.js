/** Named sizes of families of models, as a study's schema lists them. */

/** @import { Field } from "./schema.js" */

/**
 * @typedef {object} Ladder
 * @property {string} title
 * @property {string} size_name such as width
 * @property {string} prefix what stands before a size in the name of a step, such as `width ` or `ResNet-`
 * @property {number[]} sizes
 */

/**
 * Find the field with ladders and the choice that picks one of them.
 * @param {Field[]} fields
 * @returns {{ sizes: Field, family: Field, ladders: Record<string, Ladder> } | null}
 */
export function ladderPair(fields) {
  const sizes = fields.find((field) => field.ladders);
  const ladders = sizes?.ladders;
  if (!sizes || !ladders) return null;
  const family = fields.find((field) => field.kind === "choice" && field.options.every((option) => String(option) in ladders));
  return family ? { sizes, family, ladders } : null;
}

/**
 * List the steps of a ladder and what each is called.
 * @param {Ladder} ladder
 * @returns {{ size: number, name: string }[]}
 */
export function steps({ prefix, sizes }) {
  return sizes.map((size) => ({ size, name: `${prefix}${size}` }));
}

/**
 * Add a size or take it out; numbers come in ascending order, what is no number stays behind them.
 * @param {unknown[]} sizes
 * @param {number} size
 * @param {boolean} wanted
 * @returns {unknown[]}
 */
export function toggled(sizes, size, wanted) {
  const others = sizes.filter((each) => each !== size);
  const all = wanted ? [...others, size] : others;
  const numbers = all.filter((each) => typeof each === "number").sort((a, b) => a - b);
  return [...numbers, ...all.filter((each) => typeof each !== "number")];
}
