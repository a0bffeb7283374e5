/** The paper's findings beside ours, one card each. */

import { h, replace, text } from "../dom.js";
import { measurement, sentence } from "../format.js";
import { icon } from "../icons.js";

/** @import { Claim } from "../../types/api.js" */

const ICONS = { holds: "done", differs: "differs", undecided: "undecided", "not run": "queued" };

const TRAILING = /(\.\d\d\d*?)0+$/; // zeros behind two decimals

/** What several claims do, and what one does. @type {[Claim["verdict"], string, string][]} */
const VERDICTS = [
  ["holds", "hold", "holds"],
  ["differs", "differ", "differs"],
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
 * All claims with their counts, and a choice to see those of one verdict only.
 * @returns {{ element: HTMLElement, list: HTMLElement, update: (claims: Claim[]) => void }}
 */
export function claimList() {
  const counts = h("p", { class: "claim-counts", hidden: true });
  const choices = h("div", { class: "segments" });
  const choice = h("fieldset", { class: "inline-choice", hidden: true }, h("legend", {}, "Show"), choices);
  const list = h("ul", { class: "claim-list", "data-ready": "false" });
  const checks = claimChecks();
  let chosen = "";
  let shown = "";
  let offered = "";

  const choose = () => {
    for (const card of list.children) card.toggleAttribute("hidden", chosen !== "" && card.getAttribute("data-verdict") !== chosen);
  };

  /** @param {string} value @param {string} name */
  const option = (value, name) => {
    const pick = () => {
      chosen = value;
      choose();
    };
    return h("label", {}, h("input", { type: "radio", name: "verdict", value, checked: value === chosen, onchange: pick }), h("span", {}, name));
  };

  return {
    element: h("div", { class: "claim-overview" }, h("div", { class: "claim-head" }, counts, choice), list, checks.element),
    list,
    update(claims) {
      const json = JSON.stringify(claims);
      if (json === shown) return;
      shown = json;
      const findings = claims.filter(({ arithmetic }) => !arithmetic);
      const found = VERDICTS.filter(([verdict]) => findings.some((claim) => claim.verdict === verdict));
      if (!found.some(([verdict]) => verdict === chosen)) chosen = "";
      counts.hidden = findings.length === 0;
      text(counts, verdictCounts(findings));
      choice.hidden = found.length < 2;
      const offer = found.join();
      if (offer !== offered) replace(choices, option("", "All"), ...found.map(([verdict, several]) => option(verdict, sentence(several))));
      offered = offer;
      replace(list, ...findings.map((claim) => claimCard(claim)));
      checks.update(claims);
      choose();
    },
  };
}

/**
 * What cannot fail short of a fault in the code, apart from what a paper found.
 * @returns {import("../dom.js").Component<Claim[]>}
 */
export function claimChecks() {
  const list = h("ul", { class: "claim-list" });
  const note = "They hold by proof: one that does not would be a fault of ours, so none counts among the findings.";
  const element = h("section", { class: "claim-checks", hidden: true }, h("h3", {}, "Checks of arithmetic"), h("p", { class: "quiet" }, note), list);
  return {
    element,
    update(claims) {
      const checks = claims.filter(({ arithmetic }) => arithmetic);
      element.hidden = checks.length === 0;
      replace(list, ...checks.map((claim) => claimCard(claim, "h4")));
    },
  };
}

/**
 * @param {Claim} claim
 * @param {"h3" | "h4"} [level] of its heading
 * @returns {HTMLElement}
 */
export function claimCard(claim, level = "h3") {
  return h(
    "li",
    { class: "claim", "data-claim": claim.key, "data-verdict": claim.verdict },
    h("p", { class: "claim-verdict" }, icon(ICONS[claim.verdict]), sentence(claim.verdict)),
    h(level, {}, claim.statement),
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
function measured({ measured: value, low, high, unit }) {
  if (value === null) return "not measured";
  // What has no interval is exact: as many digits as tell it from the paper's value beside it.
  const exact = low === null || high === null;
  const digits = exact && Math.abs(value) < 10 ? 4 : Math.abs(value) < 0.1 ? 3 : 2;
  const interval = exact ? "" : ` (${measurement(low, digits)} to ${measurement(high, digits)})`;
  return h(
    "span",
    {},
    exact ? measurement(value, digits).replace(TRAILING, "$1") : measurement(value, digits),
    unit && h("span", { class: "claim-unit" }, ` ${unit}`),
    interval && h("span", { class: "claim-interval" }, interval),
  );
}
