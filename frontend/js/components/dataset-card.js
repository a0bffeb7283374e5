/** A data set in the list: what it holds, a strip of pictures, and its state. */

import { api } from "../api.js";
import { datasetHref, pictureSize } from "../datasets.js";
import { h, refer, replace, text } from "../dom.js";
import { apart, count, counted } from "../format.js";
import { datasetBadge, datasetState } from "./dataset-state.js";
import { createPictures } from "./pictures.js";

/** @import { Dataset } from "../../types/api.js" */

const STRIP = 10;

/**
 * @param {(dataset: Dataset) => void} changed
 * @param {AbortSignal} signal
 * @returns {() => import("../dom.js").Component<Dataset>}
 */
export function datasetCard(changed, signal) {
  return () => {
    const badge = datasetBadge();
    const state = datasetState(changed);
    const link = h("a", { class: "card-link" });
    const strip = h("div", { class: "strip", "aria-hidden": "true" });
    const facts = h("p", { class: "card-facts" });
    const classes = h("p", { class: "card-classes" });
    const element = h(
      "li",
      { class: "card dataset-card" },
      h("div", { class: "card-head" }, h("h3", {}, link), badge.element),
      strip,
      facts,
      classes,
      state.element,
    );
    let stripped = "";
    return {
      element,
      update(dataset) {
        element.dataset.dataset = dataset.id;
        element.dataset.state = dataset.state;
        refer(link, datasetHref(dataset.id));
        text(link, dataset.title);
        badge.update(dataset);
        state.update(dataset);
        text(facts, `${count(dataset.n_train)} training and ${counted(dataset.n_test, "test picture")}, ${pictureSize(dataset)}`);
        text(classes, `${counted(dataset.classes.length, "class", "classes")}: ${dataset.classes.slice(0, STRIP).map(apart).join(", ")}${dataset.classes.length > STRIP ? ", …" : ""}`);
        strip.hidden = dataset.state !== "ready";
        if (dataset.state === "ready" && stripped !== dataset.fingerprint) {
          stripped = dataset.fingerprint ?? "";
          fillStrip(strip, dataset, signal);
        }
      },
    };
  };
}

/**
 * One picture of each of the first classes; without them the card is still whole.
 * @param {HTMLElement} strip
 * @param {Dataset} dataset
 * @param {AbortSignal} signal
 */
async function fillStrip(strip, dataset, signal) {
  const labels = dataset.classes.slice(0, STRIP).map((_name, label) => `&label=${label}`);
  try {
    const { rows } = await api.sample(dataset.id, `?per_class=1${labels.join("")}`, signal);
    const indices = rows.flatMap((row) => row.indices);
    const pictures = createPictures(dataset.id);
    const loading = pictures.load(indices);
    replace(strip, ...indices.map((index) => pictures.canvas(index, "")));
    await loading;
  } catch {
    strip.replaceChildren();
  }
}
