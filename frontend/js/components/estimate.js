/** What an experiment would cost and how precise it would be, while its form is being filled in. */

import { h, replace } from "../dom.js";
import { bytes, count, duration, score, sentence } from "../format.js";
import { departures } from "./departures.js";

/** @import { Estimate } from "../../types/api.js" */

/**
 * @param {string} counted what the study's experiments count, such as models
 * @returns {{ element: HTMLElement, update: (estimate: Estimate) => void, stale: (reason: string | null) => void }}
 */
export function estimatePanel(counted) {
  const body = h("div", { class: "estimate-body" }, h("p", { class: "quiet" }, "Estimating…"));
  const reason = h("p", { class: "stale", hidden: true });
  const element = h(
    "aside",
    { class: "card estimate", "aria-labelledby": "estimate-title", "data-ready": "false" },
    h("h2", { id: "estimate-title" }, "Estimate"),
    reason,
    body,
  );
  return {
    element,
    update(estimate) {
      reason.hidden = true;
      element.classList.remove("is-stale");
      element.dataset.ready = "true";
      replace(body, estimate.warning && h("p", { class: "stale", role: "status" }, estimate.warning), facts(estimate, counted), precision(estimate), notes(estimate), departures(estimate, "h3"));
    },
    stale(why) {
      element.dataset.ready = "false";
      element.classList.add("is-stale");
      reason.hidden = why === null;
      replace(reason, why);
    },
  };
}

/** @param {Estimate} estimate @param {string} counted */
function facts({ models, units, seconds, measured, disk_bytes }, counted) {
  const rows = [
    [measured ? "Time on one worker, as measured here" : "Time on one two-core worker", duration(seconds)],
    [sentence(counted), count(models)],
    ["Units of work", count(units)],
    ["Disk", bytes(disk_bytes)],
  ];
  return h("dl", { class: "facts" }, ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** @param {Estimate} estimate */
function precision({ half_width }) {
  if (half_width === null) return null;
  return h("p", { class: "precision" }, "A typical score will be known to ", h("b", {}, `±${score(half_width)}`), ".");
}

/** @param {Estimate} estimate */
function notes({ notes: sentences }) {
  return sentences.length > 0 && h("div", { class: "estimate-notes" }, ...sentences.map((sentence) => h("p", {}, sentence)));
}
