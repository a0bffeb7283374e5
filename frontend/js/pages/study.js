/** One study: what it asks, laboratories to play with, presets to run, and the experiments that were run. */

import { aborted, api, reason } from "../api.js";
import { claimList } from "../components/claims.js";
import { copyable } from "../components/copyable.js";
import { experimentList } from "../components/experiment-list.js";
import { figurePanel } from "../components/figure.js";
import { labSection } from "../components/lab.js";
import { notice } from "../components/notice.js";
import { paperLines } from "../components/paper.js";
import { termed } from "../components/term.js";
import { shortTitle } from "../datasets.js";
import { h, text } from "../dom.js";
import { duration, words } from "../format.js";
import { learnTerms } from "../known-terms.js";
import { decodeLabs, encodeLabs } from "../lab-view.js";
import { whenNear } from "../near.js";
import { runs } from "../runs.js";
import { defaultsOf, encodeParams, fieldsOf, print, same } from "../schema.js";

/** @import { ReportedStudy, Study } from "../../types/api.js" */
/** @typedef {import("../components/lab.js").LabSection} LabSection */

const SETTLED_MS = 200; // browsers let an address be replaced only so often
const DIFFERENCES = 5; // of a preset, said on its card
const BESIDE = 4; // claims whose paper's values stand beside the figure

/** @type {import("../router.js").PageLoader} */
export async function study([name = ""], signal) {
  const [found, experiments, datasets, reported] = await Promise.all([
    api.study(name, signal),
    api.experiments({ study: name }, signal),
    api.datasets(signal),
    api.report(`?${new URLSearchParams({ study: name })}`, signal),
  ]);
  const [claimed] = reported.studies;
  learnTerms([found]);
  const called = new Map(datasets.items.map((dataset) => [dataset.id, shortTitle(dataset)]));
  const warning = h("p", { class: "stale", role: "status", hidden: true });
  const labs = laboratories(found, warning, signal);
  const list = found.counted === null ? null : experimentList(experiments, { wanted: () => ({ study: name }), nothing: () => nothingYet(found) }, signal);
  const presets = found.counted === null ? [] : Object.entries(found.presets);
  const places = [
    ...(claimed?.experiments[0]?.figure ? [{ heading: "What came out", id: "key-title" }] : []),
    ...found.labs.map((lab) => ({ heading: lab.title, id: `lab-${lab.name}` })),
    ...(presets.length > 0 ? [{ heading: "Presets", id: "presets-title" }] : []),
    ...(list ? [{ heading: "Experiments", id: "experiments-title" }] : []),
    ...(claimed?.experiments.length ? [{ heading: "Claims", id: "claims-title" }] : []),
  ];
  return {
    title: found.title,
    element: h(
      "div",
      { class: "page study", "data-study": name },
      lead(found, claimed),
      answer(found),
      warning,
      places.length > 1 && h("nav", { "aria-label": "On this page" }, h("ul", { class: "jumps" }, ...places.map(({ heading, id }) => h("li", {}, h("a", { href: `#${id}` }, heading))))),
      claimed && keyFigure(claimed, signal),
      ...labs.sections.map(({ element }) => element),
      presets.length > 0 &&
        h(
          "section",
          { "aria-labelledby": "presets-title" },
          h("h2", { id: "presets-title", tabindex: -1 }, "Presets"),
          h("ul", { class: "preset-list" }, ...presets.map(([key, params]) => presetCard(found, key, params, called, signal))),
        ),
      list && h("section", { "aria-labelledby": "experiments-title" }, h("h2", { id: "experiments-title", tabindex: -1 }, "Experiments"), list.element),
      claimed && claims(claimed),
      copyable("Cite the paper", found.paper.bibtex),
    ),
    start() {
      labs.start();
      list?.start();
    },
    restore: labs.restore,
  };
}

/**
 * @param {Study} found
 * @param {ReportedStudy | undefined} claimed
 */
function lead({ name, title, question, summary, paper, counted }, claimed) {
  return h(
    "header",
    { class: "study-lead" },
    h(
      "div",
      { class: "lead" },
      h("p", { class: "crumb" }, h("a", { href: "/#experiments-title" }, "Experiments"), " / Study"),
      h("h1", { tabindex: -1 }, title),
      h("p", { class: "question" }, question),
      h("p", {}, ...termed(summary)),
      h(
        "p",
        { class: "actions" },
        counted !== null && h("a", { class: "button button-primary", href: `/new/${encodeURIComponent(name)}` }, "Set up an experiment"),
        claimed?.experiments[0] && h("a", { class: "button", href: `/experiments/${claimed.experiments[0].id}#claims-title` }, "Claims in the newest result"),
      ),
    ),
    paperLines(paper),
  );
}

/** What the paper says, before anything of ours. @param {Study} found */
function answer({ answer: sentences }) {
  if (sentences.length === 0) return null;
  return h("section", { class: "study-answer", "aria-labelledby": "answer-title" }, h("h2", { id: "answer-title" }, "The paper’s answer"), h("p", {}, sentences.join(" ")));
}

/**
 * The figure that stands for the paper, from the newest finished experiment, beside what the paper reports.
 * @param {ReportedStudy} claimed
 * @param {AbortSignal} signal
 */
function keyFigure({ experiments: [newest], claims: all }, signal) {
  if (!newest?.figure) return null;
  const panel = figurePanel(newest.id, newest.figure, signal, { level: "h3" });
  whenNear(panel.element, () => void panel.load(""), signal);
  const told = all.filter(({ arithmetic, verdict }) => !arithmetic && verdict !== "not run").slice(0, BESIDE);
  return h(
    "section",
    { class: "study-key", "aria-labelledby": "key-title" },
    h("h2", { id: "key-title", tabindex: -1 }, "What came out"),
    h("p", {}, "From ", h("a", { href: `/experiments/${newest.id}` }, newest.title), `: ${newest.setting}.`),
    h("div", { class: "study-key-body" }, panel.element, h("dl", { class: "study-reports" }, ...told.map(({ question, statement, paper_value: paper }) => h("div", {}, h("dt", {}, question || statement), h("dd", {}, `The paper: ${paper}`))))),
  );
}

/** @param {ReportedStudy} claimed */
function claims({ name, experiments, claims: all }) {
  if (experiments.length === 0) return null;
  const shown = claimList();
  shown.update(all);
  return h(
    "section",
    { class: "claims", "aria-labelledby": "claims-title" },
    h("h2", { id: "claims-title", tabindex: -1 }, "Claims"),
    h("p", {}, "By the newest finished experiment. ", h("a", { href: `/report?study=${encodeURIComponent(name)}` }, "Compare experiments in the report")),
    shown.element,
  );
}

/**
 * The laboratories, and the address that holds where all of them stand.
 * @param {Study} found
 * @param {HTMLElement} warning where a link that cannot be read says so
 * @param {AbortSignal} signal
 */
function laboratories({ name, labs }, warning, signal) {
  const run = runs();
  let timer = 0;
  const address = () => location.pathname + encodeLabs(sections.map((lab) => [lab.name, lab.query()]));
  const replaceSoon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(history.state, "", address()), SETTLED_MS);
  };

  const sections = labs.map((info) =>
    labSection(
      name,
      info,
      (what) => {
        warning.hidden = true;
        if (run(`${info.name} ${what}`) === "replace") return replaceSoon();
        clearTimeout(timer);
        history.pushState(null, "", address());
      },
      signal,
    ),
  );
  signal.addEventListener("abort", () => clearTimeout(timer));

  const read = () => {
    clearTimeout(timer);
    const { states, named, unknown } = decodeLabs(location.search, sections);
    for (const lab of sections) lab.restore(states.get(lab.name) ?? {});
    warning.hidden = unknown.length === 0;
    text(warning, `Parts of this link could not be read and were left out: ${unknown.join(", ")}.`);
    return named;
  };

  const named = read();
  return {
    sections,
    restore: () => void read(),
    start() {
      for (const lab of sections) lab.start();
      const [first] = named;
      if (first && !location.hash) document.getElementById(`lab-${first}`)?.scrollIntoView();
    },
  };
}

/**
 * @param {Study} found
 * @param {string} key
 * @param {Record<string, unknown>} params
 * @param {Map<string, string>} called data sets by id
 * @param {AbortSignal} signal
 */
function presetCard({ name, preset_titles: titles, params_schema: schema }, key, params, called, signal) {
  const price = h("p", { class: "quiet", "data-price": "" });
  const fields = fieldsOf(schema);
  const defaults = defaultsOf(fields, params);
  const title = titles[key] ?? key;
  const differing = fields.filter((field) => !same(params[field.name], field.value));
  const said = differing.slice(0, DIFFERENCES).map((field) => `${field.title} ${(field.format === "dataset" && called.get(String(params[field.name]))) || shown(field, params[field.name])}`);
  if (differing.length > DIFFERENCES) said.push(`${differing.length - DIFFERENCES} more`);
  const card = h(
    "li",
    { class: "card preset-card", "data-preset": key },
    h("h3", {}, title),
    h("p", { class: "quiet" }, said.join(" · ") || "All settings at their defaults."),
    price,
    h("p", {}, h("a", { class: "button", href: `/new/${encodeURIComponent(name)}${encodeParams(params, defaults)}`, "aria-label": `Set up: ${title}` }, "Set up")),
  );
  whenNear(card, () => void priced(), signal);
  return card;

  async function priced() {
    try {
      const { seconds, measured } = await api.estimate(name, params, signal);
      text(price, `About ${duration(seconds)}${measured ? ", as measured here" : " on two cores"}`);
    } catch (error) {
      if (!aborted(error)) text(price, reason(error));
    }
  }
}

/**
 * @param {import("../schema.js").Field} field
 * @param {unknown} value
 */
function shown({ labels }, value) {
  const one = (/** @type {unknown} */ item) => labels[String(item)] ?? words(print(item));
  return Array.isArray(value) ? value.map(one).join(", ") || "none" : one(value) || "none";
}

/** @param {Study} found */
function nothingYet({ name }) {
  return notice({ title: "No experiment of this study yet" }, h("a", { class: "button button-primary", href: `/new/${encodeURIComponent(name)}` }, "Run the first one"));
}
