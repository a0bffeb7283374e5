/** How far a review is: what was found, what is left by kind of suspect, and whether going on pays. */

import { h, replace, text } from "../dom.js";
import { count, counted, percent } from "../format.js";

/** @import { ReviewState } from "../../types/api.js" */

/** @returns {{ element: HTMLElement, update: (state: ReviewState, ranking: string) => void }} */
export function reviewState() {
  const progress = h("p", { class: "review-progress", role: "status" });
  const left = h("p", {});
  const advice = h("p", { class: "quiet" });
  const rows = h("tbody", {});
  const why = h("p", { class: "field-help" });
  const table = h(
    "table",
    { class: "review-bins" },
    h("caption", {}, "Suspects by margin: how much more models give to another class"),
    h("thead", { class: "visually-hidden" }, h("tr", {}, ...["Margin", "Looked at", "Wrong labels"].map((name) => h("th", { scope: "col" }, name)))),
    rows,
  );
  const legend = [["wrong", "wrong label"], ["other", "something else"], ["left", "not looked at"]];
  const key = h("ul", { class: "legend" }, ...legend.map(([kind, name]) => h("li", {}, h("span", { class: "review-key", "data-kind": kind }), name)));
  return {
    element: h("section", { class: "review-state", "aria-labelledby": "review-state" }, h("h2", { id: "review-state" }, "How far you are"), progress, left, advice, table, key, why),
    update(state, ranking) {
      text(progress, `${count(state.reviewed)} of ${counted(state.suspects, "suspect")} looked at, ${counted(state.wrong, "wrong label")} found.`);
      text(left, leftWords(state));
      text(advice, state.advice);
      text(why, `The order: ${ranking}`);
      const most = Math.max(1, ...state.bins.map(({ suspects }) => suspects));
      replace(rows, ...state.bins.map((bin) => row(bin, most)));
    },
  };
}

/** @param {ReviewState} state */
export function leftWords({ suspects, reviewed, left, left_low: low, left_high: high }) {
  if (suspects === reviewed) return "";
  const limits = `${count(Math.floor(low))} to ${count(Math.ceil(high))}`;
  return left === null ? `Wrong labels among the other ${count(suspects - reviewed)}: ${limits}; look at some of every kind to know better.` : `Wrong labels among the other ${count(suspects - reviewed)}: about ${count(Math.round(left))} (${limits}).`;
}

/**
 * @param {ReviewState["bins"][number]} bin
 * @param {number} most suspects of any bin
 */
function row({ low, high, suspects, reviewed, wrong, share, share_low, share_high }, most) {
  const parts = [["wrong", wrong], ["other", reviewed - wrong], ["left", suspects - reviewed]];
  const bars = parts.map(([kind, size]) => h("span", { class: "review-bar", "data-kind": kind, style: `width:${(100 * Number(size)) / most}%` }));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, `${low.toFixed(1)} to ${high.toFixed(1)}`),
    h("td", { class: "review-share" }, h("span", { class: "review-bars" }, ...bars), h("span", { class: "visually-hidden" }, `${reviewed} of ${suspects} looked at`)),
    h("td", { class: "number" }, share === null ? "–" : `${percent(share)}`, h("span", { class: "count" }, share === null ? ` ${count(suspects)} suspects` : ` wrong (${percent(share_low)} to ${percent(share_high)})`)),
  );
}
