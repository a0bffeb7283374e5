/** The paper's findings beside ours, one card each: a question with its answer, and how that is judged. */

import { h, keyed, replace, text } from "../dom.js";
import { measurement, sentence } from "../format.js";
import { icon } from "../icons.js";

/** @import { Claim } from "../../types/api.js" */
/** How a text is written: with terms that open, or plain, as where no page explains them. @typedef {(text: string) => import("../dom.js").Child[]} Words */

export const VERDICT_ICONS = { holds: "done", differs: "differs", undecided: "undecided", "not run": "queued" };

/** What answers a question. @type {Record<Claim["verdict"], string>} */
const ANSWERS = { holds: "Yes", differs: "No", undecided: "Undecided", "not run": "Not run" };

/** What is said instead where a claim asks nothing, as those of earlier versions do. @type {Record<Claim["verdict"], string>} */
export const OUTCOMES = { holds: "Holds", differs: "Differs here", undecided: "Undecided", "not run": "Not run" };

/** @type {Words} */
const plain = (text) => [text];

const TRAILING = /(\.\d\d\d*?)0+$/; // zeros behind two decimals

/** What several claims do, and what one does. @type {[Claim["verdict"], string, string][]} */
export const VERDICT_WORDS = [
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
  const parts = VERDICT_WORDS.map(([verdict, several, one]) => {
    const number = claims.filter((claim) => claim.verdict === verdict).length;
    return number > 0 && `${number} ${number === 1 ? one : several}`;
  });
  return parts.filter(Boolean).join(", ");
}

/**
 * The words that a card leads with, such as "Two peaks?", "Yes" and "75 % near 0, 10 % near 1".
 * @param {Claim} claim
 * @returns {{ question: string, outcome: string, answer: string }} the question is the statement where there is none
 */
export function claimSentence({ question, statement, verdict, answer, note }) {
  if (!question) return { question: statement, outcome: OUTCOMES[verdict], answer: "" };
  return { question, outcome: ANSWERS[verdict], answer: verdict === "not run" ? answer || note : answer };
}

/**
 * All claims with their counts, and a choice to see those of one verdict only.
 * @param {Words} [words]
 * @returns {{ element: HTMLElement, list: HTMLElement, update: (claims: Claim[], few?: string) => void }} `few` says of
 *   how few models they are, "" of enough
 */
export function claimList(words = plain) {
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
    update(claims, few = "") {
      const json = JSON.stringify([claims, few]);
      if (json === shown) return;
      shown = json;
      const findings = claims.filter(({ arithmetic }) => !arithmetic);
      const found = VERDICT_WORDS.filter(([verdict]) => findings.some((claim) => claim.verdict === verdict));
      if (!found.some(([verdict]) => verdict === chosen)) chosen = "";
      counts.hidden = findings.length === 0;
      text(counts, verdictCounts(findings));
      choice.hidden = found.length < 2;
      const offer = found.join();
      if (offer !== offered) replace(choices, option("", "All"), ...found.map(([verdict, several]) => option(verdict, sentence(several))));
      offered = offer;
      showClaims(list, findings, { few, words });
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
      showClaims(list, checks, { level: "h4" });
    },
  };
}

/**
 * Show a card for each claim; those that are there already keep what is open and has the focus.
 * @param {HTMLElement} list
 * @param {Claim[]} claims
 * @param {{ level?: "h3" | "h4", few?: string, words?: Words }} [how] level of the headings, of how few models the claims
 *   are, and how their statements are written
 */
export function showClaims(list, claims, { level = "h3", few = "", words = plain } = {}) {
  const cards = claims.map((claim) => ({ claim, few }));
  keyed(list, cards, ({ claim }) => claim.key, () => claimCard(level, words));
}

/**
 * @param {"h3" | "h4"} level of its heading
 * @param {Words} words
 * @returns {import("../dom.js").Component<{ claim: Claim, few: string }>}
 */
function claimCard(level, words) {
  const heading = h(level, { class: "claim-sentence" });
  const fewModels = h("p", { class: "claim-few" });
  const statement = h("p", { class: "claim-statement" });
  const values = h("dl", { class: "claim-values" });
  const note = h("p", { class: "claim-note" });
  const rule = h("p", {});
  const judged = h("details", { class: "claim-rule" }, h("summary", {}, "How this is judged"), rule);
  const element = h("li", { class: "claim" }, heading, fewModels, statement, values, judged);
  return {
    element,
    update({ claim, few }) {
      const { question, outcome, answer } = claimSentence(claim);
      element.dataset.claim = claim.key;
      element.dataset.verdict = claim.verdict;
      element.classList.toggle("is-few", few !== "");
      const verdict = h("span", { class: "claim-verdict" }, icon(VERDICT_ICONS[claim.verdict]), outcome);
      replace(heading, h("span", { class: "claim-question" }, question), " ", verdict, answer && `: ${answer}`);
      fewModels.hidden = few === "";
      text(fewModels, few);
      statement.hidden = !claim.question;
      if (statement.textContent !== claim.statement) replace(statement, ...words(claim.statement));
      replace(
        values,
        h("div", {}, h("dt", {}, "Paper"), h("dd", {}, claim.paper_value), h("dd", { class: "claim-source" }, claim.source)),
        h("div", {}, h("dt", {}, "Measured here"), h("dd", { class: "claim-measured" }, measured(claim)), h("dd", { class: "claim-source" }, claim.setting)),
      );
      judged.hidden = !claim.rule;
      text(rule, claim.rule);
      const told = claim.question && claim.verdict === "not run" && !claim.answer; // by the sentence
      note.hidden = !claim.note || Boolean(told);
      text(note, claim.note);
      (claim.rule ? judged : element).append(note);
    },
  };
}

/**
 * The measured value with its unit and interval.
 * @param {Claim} claim
 */
export function measured({ measured: value, low, high, unit }) {
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
