/** State of a data set: badge, progress while it is prepared, what went wrong, and the button that gets it. */

import { api } from "../api.js";
import { isHere, preparing } from "../datasets.js";
import { h, replace, text } from "../dom.js";
import { bytes } from "../format.js";
import { icon } from "../icons.js";

/** @import { Dataset } from "../../types/api.js" */
/** @typedef {import("../dom.js").Component<Dataset>} DatasetComponent */

const BADGES = /** @type {const} */ ({
  ready: ["done", "ready"],
  preparing: ["running", "preparing"],
  absent: ["download", "not here yet"],
  failed: ["failed", "failed"],
  here: ["done", "on this machine"],
});

/** @returns {DatasetComponent} */
export function datasetBadge() {
  const element = h("span", { class: "status" });
  return {
    element,
    update(dataset) {
      const state = isHere(dataset) ? "here" : dataset.state;
      if (element.dataset.state === state) return;
      element.dataset.state = state;
      const [name, words] = BADGES[state];
      element.dataset.status = state === "failed" ? "failed" : name;
      replace(element, icon(name), h("span", {}, words));
    },
  };
}

/** A bar with words; what is announced changes at most every tenth. @returns {DatasetComponent} */
export function preparingBar() {
  const bar = h("progress", { max: 1 });
  const words = h("span", { class: "progress-words" });
  const announced = h("span", { class: "visually-hidden", "aria-live": "polite" });
  const element = h("div", { class: "progress" }, bar, words, announced);
  return {
    element,
    update(dataset) {
      element.hidden = dataset.state !== "preparing";
      if (element.hidden) return;
      bar.setAttribute("aria-label", preparing({ ...dataset, progress: null }).split(":")[0] ?? "");
      if (dataset.progress) bar.value = dataset.progress;
      else bar.removeAttribute("value");
      text(words, preparing(dataset));
      text(announced, `${Math.floor((dataset.progress ?? 0) * 10) * 10} percent`);
    },
  };
}

/**
 * Everything between absent and ready; shows nothing once the data set is ready.
 * @param {(dataset: Dataset) => void} changed called with the answer of the button
 * @returns {DatasetComponent}
 */
export function datasetState(changed) {
  const bar = preparingBar();
  const error = h("p", { class: "card-error dataset-error" });
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  const lacks = h("p", { class: "quiet", hidden: true });
  const button = h("button", { type: "button", class: "button", onclick: () => get() });
  const element = h("div", { class: "dataset-state" }, bar.element, error, lacks, trouble, button);
  let id = "";

  const get = async () => {
    button.disabled = true;
    trouble.hidden = true;
    try {
      changed(await api.download(id));
    } catch (reason) {
      text(trouble, reason instanceof Error ? reason.message : String(reason));
      trouble.hidden = false;
    }
    button.disabled = false;
  };

  return {
    element,
    update(dataset) {
      id = dataset.id;
      element.hidden = dataset.state === "ready";
      bar.update(dataset);
      error.hidden = dataset.state !== "failed";
      text(error, dataset.state === "failed" ? (dataset.error ?? "No reason was recorded.") : "");
      button.hidden = dataset.state !== "absent" && dataset.state !== "failed";
      const missing = dataset.state === "absent" ? (dataset.lying?.missing ?? []) : [];
      lacks.hidden = missing.length === 0;
      text(lacks, missing.length > 0 ? `Some of its files lie in the folder MEMOSCOPE_DATASETS_DIR. Missing: ${missing.join(", ")}.` : "");
      const size = dataset.download_bytes ? ` (${bytes(dataset.download_bytes)})` : "";
      const words = dataset.state === "failed" ? "Try again" : dataset.lying ? "Read it" : `Download${size}`;
      if (button.textContent !== words) replace(button, dataset.state === "absent" && !dataset.lying && icon("download"), words);
      button.setAttribute("aria-label", `${words}: ${dataset.title}`);
    },
  };
}
