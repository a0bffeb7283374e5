/** Which of the studies pages turn to where they need one. */

/** @import { Pictured, Study } from "../types/api.js" */

/** @param {string} name */
export const studyHref = (name) => `/studies/${encodeURIComponent(name)}`;

/**
 * What newcomers run first.
 * @param {Study[]} studies
 */
export const starterOf = (studies) => studies.find(({ starter }) => starter);

/**
 * The study that gives the examples of a data set their scores, and takes every option about data.
 * @param {Study[]} studies
 */
export function scoringOf(studies) {
  const scoring = studies.filter(({ scored, on_images: onImages }) => scored && onImages);
  return starterOf(scoring) ?? scoring[0];
}

/**
 * The study that finds suspect labels of a data set.
 * @param {Study[]} studies
 */
export const reviewingOf = (studies) => studies.find(({ reviewed, on_images: onImages }) => reviewed && onImages);

/**
 * The kinds of data that networks are asked to fit, as the first study with any tells them.
 * @param {Study[]} studies
 * @returns {Pictured[]}
 */
export const picturedOf = (studies) => studies.find(({ pictured }) => pictured.length > 0)?.pictured ?? [];
