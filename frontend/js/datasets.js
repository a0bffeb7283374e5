/** What is said of a data set in several places. */

import { bytes, percent } from "./format.js";

/** @import { Dataset } from "../types/api.js" */

/** @param {string} id */
export const datasetHref = (id) => `/datasets/${encodeURIComponent(id)}`;

/** @param {Dataset} dataset */
export function pictureSize({ height, width, channels }) {
  return `${width} × ${height} ${channels === 1 ? "gray" : "color"}`;
}

/**
 * Whether all its files lie on this machine, although nobody has read them yet.
 * @param {Dataset} dataset
 */
export const isHere = ({ state, lying }) => state === "absent" && lying !== null && lying.missing.length === 0;

/**
 * What it is called within a title; what comes with Memoscope explains itself after that.
 * @param {Dataset} dataset
 */
export const shortTitle = ({ source, title }) => (["upload", "import", "thumbnails"].includes(source) ? title : (title.split(",")[0] ?? title));

/**
 * What a worker does to prepare it, and how far it is.
 * @param {Dataset} dataset
 */
export function preparing(dataset) {
  const { source, progress, lying } = dataset;
  const name = shortTitle(dataset);
  const work = source === "torchvision" && !lying ? `Downloading ${name}` : `Reading the pictures of ${name}`;
  return progress ? `${work}, ${percent(progress)}` : `${work}: waits for a worker or has just begun`;
}

/** @param {Dataset} dataset */
export function stateWords(dataset) {
  if (dataset.state === "ready") return "Ready";
  if (dataset.state === "preparing") return preparing(dataset);
  if (isHere(dataset)) return "It lies on this machine and is read first";
  if (dataset.state === "failed") return "It could not be prepared; it is tried again";
  return dataset.download_bytes ? `It is downloaded first (${bytes(dataset.download_bytes)})` : "It is prepared first";
}
