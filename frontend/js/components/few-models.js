/** What a page says of numbers that few models gave, and that will therefore still move. */

/** @import { Experiment } from "../../types/api.js" */

import { counted } from "../format.js";
import { isLive } from "./status.js";

/**
 * Say how few models an experiment's scores are of; "" where they are enough.
 * @param {Experiment} experiment
 */
export function fewModels(experiment) {
  const { few_models: models } = experiment;
  if (models === null) return "";
  return isLive(experiment) ? `${counted(models, "model")} so far` : `only ${counted(models, "model")} of each size`;
}
