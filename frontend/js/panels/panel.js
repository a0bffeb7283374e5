/** What the parts of an experiment's page are to the page that shows one of them at a time. */

/** @import { Experiment, LogEvent, Study } from "../../types/api.js" */

/**
 * @typedef {object} Context what a panel may use
 * @property {() => Experiment} experiment as last reported
 * @property {Study} study
 * @property {import("../store.js").Store} store
 */

/** What there is where this version cannot read the experiment. @typedef {Omit<Context, "study"> & { study: Study | null }} PoorContext */

/**
 * @typedef {object} Panel
 * @property {HTMLElement} element
 * @property {() => void | Promise<void>} start called once the element is in the document
 * @property {() => void} [view] the view changed
 * @property {() => void} [results] there are new results, or none are to come any more
 * @property {() => void} [progress] the experiment changed in any way
 * @property {(event: LogEvent) => void} [event]
 */

/** @typedef {(context: Context, signal: AbortSignal) => Panel | Promise<Panel>} MakePanel */
/** @typedef {(context: PoorContext, signal: AbortSignal) => Panel | Promise<Panel>} MakePoorPanel */

/**
 * The data set of an experiment whose examples have scores: there is one.
 * @param {Experiment} experiment
 * @returns {string}
 */
export function datasetOf({ id, dataset_id: dataset }) {
  if (dataset === null) throw new Error(`The experiment ${id} has no data set.`);
  return dataset;
}
