/** What an experiment would cost and how precise it would be, while its form is being filled in. */

import { h, replace } from "../dom.js";
import { bytes, count, duration, score } from "../format.js";

/** @import { Estimate } from "../../types/api.js" */

/**
 * @returns {{ element: HTMLElement, update: (estimate: Estimate) => void, stale: (reason: string | null) => void }}
 */
export function estimatePanel() {
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
      replace(body, estimate.warning && h("p", { class: "stale", role: "status" }, estimate.warning), facts(estimate), precision(estimate), notes(estimate), deviations(estimate));
    },
    stale(why) {
      element.dataset.ready = "false";
      element.classList.add("is-stale");
      reason.hidden = why === null;
      replace(reason, why);
    },
  };
}

/** @param {Estimate} estimate */
function facts({ models, units, seconds, disk_bytes }) {
  const rows = [
    ["Time on one two-core worker", duration(seconds)],
    ["Models", count(models)],
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

/** @param {Estimate} estimate */
function deviations({ deviations: list }) {
  if (list.length === 0) return h("p", {}, "These are the paper’s settings.");
  return h(
    "div",
    {},
    h("h3", {}, "Departs from the paper in"),
    h("ul", { class: "deviations" }, ...list.map((item) => h("li", {}, item))),
  );
}
