/** One paper in the report: its claims, the figure beside, what was run, and how what was not run is run. */

import { h } from "../dom.js";
import { counted, duration } from "../format.js";
import { whenNear } from "../near.js";
import { encodeParams } from "../schema.js";
import { studyHref } from "../studies.js";
import { claimsBeside } from "./claims-beside.js";
import { claimChecks, showClaims } from "./claims.js";
import { departures } from "./departures.js";
import { figurePanel } from "./figure.js";
import { verdictBar, verdictWords } from "./verdict-bar.js";

/** @import { ReportedClaim, ReportedExperiment, ReportedStudy, Run } from "../../types/api.js" */

/** @param {string} name */
export const placeOf = (name) => `report-${name}`;

/**
 * @param {ReportedStudy} study
 * @param {(ids: string[]) => void} compare show the claims of these experiments beside each other
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function reportStudy(study, compare, signal) {
  const { name, title, question, paper, unknown, counts, experiments, claims, compared, run } = study;
  const [first] = experiments;
  const list = h("ul", { class: "claim-list" });
  const checks = claimChecks();
  const made = claims.filter(({ run: missing }) => missing === null);
  showClaims(list, made.filter(({ arithmetic }) => !arithmetic));
  checks.update(made);
  const heading = unknown ? title : h("a", { href: studyHref(name) }, title);
  return h(
    "section",
    { class: "report-study", "data-study": name, "aria-labelledby": placeOf(name) },
    h("h2", { id: placeOf(name), tabindex: -1 }, heading),
    paper && h("p", { class: "quiet" }, h("cite", {}, h("a", { href: paper.url }, paper.title)), `, ${paper.authors}, ${paper.year}`),
    question && h("p", { class: "question" }, question),
    unknown && h("p", { class: "stale" }, unknown),
    h("div", { class: "report-counts" }, verdictBar(counts), h("span", {}, verdictWords(counts))),
    first ? told(study, signal) : notRun(name, run),
    compared.length > 0 ? claimsBeside(experiments, compared) : made.length > 0 && list,
    compared.length === 0 && checks.element,
    further(name, claims),
    choice(study, compare),
  );
}

/**
 * What was run, and its figure.
 * @param {ReportedStudy} study
 * @param {AbortSignal} signal
 */
function told({ experiments }, signal) {
  return h("div", { class: "report-told" }, ...experiments.map((experiment) => h("div", { class: "report-experiment" }, source(experiment), figure(experiment, signal))));
}

/** @param {ReportedExperiment} experiment */
function source(experiment) {
  const { id, title, setting, dataset_title: data, unreadable } = experiment;
  return h(
    "div",
    { class: "report-source" },
    h("p", {}, "Measured in ", h("a", { href: `/experiments/${id}` }, title), data && ` on ${data}`, "."),
    unreadable ? h("p", { class: "stale" }, unreadable) : h("details", { class: "setting" }, h("summary", {}, `Numbers: ${setting}`), departures(experiment, "h3")),
  );
}

/** @param {ReportedExperiment} experiment @param {AbortSignal} signal */
function figure({ id, figure: info }, signal) {
  if (!info) return null;
  const panel = figurePanel(id, info, signal, { level: "h3" });
  whenNear(panel.element, () => void panel.load(""), signal);
  return panel.element;
}

/** @param {string} name @param {Run | null} run */
function notRun(name, run) {
  return h("p", { class: "report-none" }, "No finished experiment yet. ", run && setUp(name, run, `Run it (about ${duration(run.seconds)})`));
}

/** @param {string} name @param {Run} run @param {string} words */
function setUp(name, { params, title }, words) {
  return h("a", { class: "button", href: `/new/${encodeURIComponent(name)}${encodeParams(params)}`, "aria-label": `${words}: ${title}, ${name}` }, words);
}

/**
 * The claims that no experiment at hand makes, by the preset that makes them.
 * @param {string} name
 * @param {ReportedClaim[]} claims
 */
function further(name, claims) {
  /** @type {Map<string, { run: Run, questions: string[] }>} */
  const presets = new Map();
  for (const { run, question, statement } of claims) {
    if (!run) continue;
    const group = presets.get(run.preset) ?? { run, questions: [] };
    group.questions.push(question || statement);
    presets.set(run.preset, group);
  }
  if (presets.size === 0) return null;
  const groups = [...presets.values()].map(({ run, questions }) =>
    h("li", {}, h("p", {}, `${counted(questions.length, "claim")} with ${run.title}, about ${duration(run.seconds)} on two cores. `, setUp(name, run, "Set up")), h("ul", {}, ...questions.map((question) => h("li", {}, question)))),
  );
  return h("div", { class: "report-further" }, h("h3", {}, "Not run yet"), h("ul", {}, ...groups));
}

/**
 * Which finished experiments to hold against each other.
 * @param {ReportedStudy} study
 * @param {(ids: string[]) => void} compare
 */
function choice({ name, experiments, others }, compare) {
  if (experiments.length + others.length < 2) return null;
  const chosen = new Set(experiments.map(({ id }) => id));
  const boxes = [...experiments, ...others].map(({ id, title, dataset_title: data }) => {
    const box = h("input", { type: "checkbox", value: id, checked: chosen.has(id) });
    return { box, label: h("label", {}, box, ` ${title}${data ? `, ${data}` : ""} `, h("span", { class: "quiet" }, id)) };
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    compare(boxes.filter(({ box }) => box.checked).map(({ box }) => box.value));
  };
  return h(
    "details",
    { class: "report-choice", open: experiments.length > 1 },
    h("summary", {}, "Compare experiments"),
    h("form", { onsubmit: submit, "data-compare": name }, h("fieldset", {}, h("legend", { class: "visually-hidden" }, "Experiments"), ...boxes.map(({ label }) => label)), h("button", { class: "button", type: "submit" }, "Compare their claims")),
  );
}
