/** The paper's findings beside ours, one card each. */

import { h } from "../dom.js";
import { score, sentence } from "../format.js";
import { icon } from "../icons.js";

/** @import { Claim } from "../../types/api.js" */

const ICONS = { holds: "done", fails: "failed", undecided: "undecided", "not run": "queued" };

/** What several claims do, and what one does. @type {[Claim["verdict"], string, string][]} */
const VERDICTS = [
  ["holds", "hold", "holds"],
  ["fails", "fail", "fails"],
  ["undecided", "undecided", "undecided"],
  ["not run", "not run", "not run"],
];

/**
 * Say how many claims have which verdict.
 * @param {Claim[]} claims
 */
export function verdictCounts(claims) {
  const parts = VERDICTS.map(([verdict, several, one]) => {
    const number = claims.filter((claim) => claim.verdict === verdict).length;
    return number > 0 && `${number} ${number === 1 ? one : several}`;
  });
  return parts.filter(Boolean).join(", ");
}

/**
 * @param {Claim} claim
 * @returns {HTMLElement}
 */
export function claimCard(claim) {
  return h(
    "li",
    { class: "claim", "data-verdict": claim.verdict },
    h("p", { class: "claim-verdict" }, icon(ICONS[claim.verdict]), sentence(claim.verdict)),
    h("h3", {}, claim.statement),
    h(
      "dl",
      { class: "claim-values" },
      h("div", {}, h("dt", {}, "Paper"), h("dd", {}, claim.paper_value), h("dd", { class: "claim-source" }, claim.source)),
      h("div", {}, h("dt", {}, "Measured here"), h("dd", { class: "claim-measured" }, measured(claim)), h("dd", { class: "claim-source" }, claim.setting)),
    ),
    claim.note && h("p", { class: "claim-note" }, claim.note),
  );
}

/** @param {Claim} claim */
function measured({ measured: value, low, high }) {
  if (value === null) return "not measured";
  const digits = Math.abs(value) < 0.1 ? 3 : 2;
  if (low === null || high === null) return score(value, digits);
  return h("span", {}, score(value, digits), h("span", { class: "claim-interval" }, ` (${score(low, digits)} to ${score(high, digits)})`));
}
