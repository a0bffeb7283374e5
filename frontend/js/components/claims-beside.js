/** Claims of several experiments of one study beside each other: claim by experiment, with dots on a common axis. */

import { axisOf } from "../beside.js";
import { h, svg } from "../dom.js";
import { measurement } from "../format.js";
import { icon } from "../icons.js";
import { measured, OUTCOMES, VERDICT_ICONS } from "./claims.js";

/** @import { ComparedClaim, ReportedClaim, ReportedExperiment } from "../../types/api.js" */

const WIDTH = 200;
const ROW = 16;

/**
 * @param {ReportedExperiment[]} experiments
 * @param {ComparedClaim[]} claims
 * @returns {HTMLElement}
 */
export function claimsBeside(experiments, claims) {
  const heads = experiments.map((experiment, at) => h("th", { scope: "col" }, h("span", { class: "beside-number" }, String(at + 1)), h("a", { href: `/experiments/${experiment.id}#claims-title` }, experiment.title), h("span", { class: "quiet" }, ` ${experiment.id}`)));
  return h(
    "div",
    { class: "beside", tabindex: 0, role: "region", "aria-label": "Claims by experiment" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Claim"), h("th", { scope: "col" }, "Paper"), ...heads, h("th", { scope: "col" }, "On one axis"))),
      h("tbody", {}, ...claims.map(row)),
    ),
  );
}

/** @param {ComparedClaim} claim */
function row({ key, items }) {
  const told = items.find((item) => item !== null);
  if (!told) return null;
  return h(
    "tr",
    { "data-claim": key },
    h("th", { scope: "row" }, told.question || told.statement),
    h("td", {}, told.paper_value),
    ...items.map((item) => h("td", {}, item ? h("div", { class: "claim", "data-verdict": item.verdict }, h("span", { class: "claim-verdict" }, icon(VERDICT_ICONS[item.verdict]), OUTCOMES[item.verdict]), item.measured !== null && measured(item)) : "not made")),
    h("td", {}, dots(items) ?? "–"),
  );
}

/**
 * One row for each experiment, counted from above; the paper's value is a line through all.
 * @param {(ReportedClaim | null)[]} items
 */
function dots(items) {
  const axis = axisOf(items);
  if (axis === null) return null;
  const x = (/** @type {number} */ value) => 12 + axis.at(value) * (WIDTH - 16);
  const height = items.length * ROW;
  const paper = items.find((item) => item?.paper_number != null)?.paper_number;
  const words = items.map((item, at) => `${at + 1}: ${item && item.measured !== null ? measurement(item.measured, 3) : "not measured"}`).join(", ");
  const label = words + (paper == null ? "" : `, the paper: ${measurement(paper, 3)}`);
  const marks = items.flatMap((item, at) => {
    const y = (at + 0.5) * ROW;
    const number = svg("text", { x: 0, y: y + 4, class: "beside-at" }, String(at + 1));
    if (!item || item.measured === null) return [number];
    const { low, high } = item;
    const whisker = low !== null && high !== null ? [svg("line", { x1: x(low), x2: x(high), y1: y, y2: y, class: "beside-whisker" })] : [];
    return [number, ...whisker, svg("circle", { cx: x(item.measured), cy: y, r: 4, class: "beside-dot", "data-verdict": item.verdict })];
  });
  const line = paper == null ? [] : [svg("line", { x1: x(paper), x2: x(paper), y1: 0, y2: height, class: "beside-paper" })];
  return h(
    "div",
    { class: "beside-axis" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img", "aria-label": label }, ...line, ...marks),
    h("p", { class: "beside-ends", "aria-hidden": "true" }, h("span", {}, measurement(axis.low, 3)), axis.high > axis.low && h("span", {}, measurement(axis.high, 3))),
  );
}
