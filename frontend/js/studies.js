/** Which study gives the examples of a data set their scores. */

/** @import { Study } from "../types/api.js" */

/**
 * The main study: what newcomers run first, and what takes every option about data.
 * @param {Study[]} studies
 */
export const mainStudy = (studies) => studies.find(({ name }) => name === "memorization");
