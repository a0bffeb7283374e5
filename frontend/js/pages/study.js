/** One study: what it asks, laboratories to play with, presets to run, and the experiments that were run. */

import { api } from "../api.js";
import { copyable } from "../components/copyable.js";
import { experimentList } from "../components/experiment-list.js";
import { labSection } from "../components/lab.js";
import { notice } from "../components/notice.js";
import { paperLines } from "../components/paper.js";
import { hasResults } from "../components/status.js";
import { termed } from "../components/term.js";
import { shortTitle } from "../datasets.js";
import { h, text } from "../dom.js";
import { words } from "../format.js";
import { learnTerms } from "../known-terms.js";
import { decodeLabs, encodeLabs } from "../lab-view.js";
import { runs } from "../runs.js";
import { defaultsOf, encodeParams, fieldsOf, print, same } from "../schema.js";

/** @import { Experiment, Page, Study } from "../../types/api.js" */
/** @typedef {import("../components/lab.js").LabSection} LabSection */

const SETTLED_MS = 200; // browsers let an address be replaced only so often
const DIFFERENCES = 5; // of a preset, said on its card

/** @type {import("../router.js").PageLoader} */
export async function study([name = ""], signal) {
  const [found, experiments, datasets] = await Promise.all([api.study(name, signal), api.experiments({ study: name }, signal), api.datasets(signal)]);
  learnTerms([found]);
  const called = new Map(datasets.items.map((dataset) => [dataset.id, shortTitle(dataset)]));
  const warning = h("p", { class: "stale", role: "status", hidden: true });
  const labs = laboratories(found, warning, signal);
  const list = found.counted === null ? null : experimentList(experiments, { wanted: () => ({ study: name }), nothing: () => nothingYet(found) }, signal);
  const presets = found.counted === null ? [] : Object.entries(found.presets);
  const places = [
    ...found.labs.map((lab) => ({ heading: lab.title, id: `lab-${lab.name}` })),
    ...(presets.length > 0 ? [{ heading: "Presets", id: "presets-title" }] : []),
    ...(list ? [{ heading: "Experiments", id: "experiments-title" }] : []),
  ];
  return {
    title: found.title,
    element: h(
      "div",
      { class: "page study", "data-study": name },
      lead(found, experiments),
      warning,
      places.length > 1 && h("nav", { "aria-label": "On this page" }, h("ul", { class: "jumps" }, ...places.map(({ heading, id }) => h("li", {}, h("a", { href: `#${id}` }, heading))))),
      ...labs.sections.map(({ element }) => element),
      presets.length > 0 &&
        h(
          "section",
          { "aria-labelledby": "presets-title" },
          h("h2", { id: "presets-title", tabindex: -1 }, "Presets"),
          h("ul", { class: "preset-list" }, ...presets.map(([key, params]) => presetCard(found, key, params, called))),
        ),
      list && h("section", { "aria-labelledby": "experiments-title" }, h("h2", { id: "experiments-title", tabindex: -1 }, "Experiments"), list.element),
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
 * @param {Page<Experiment>} experiments
 */
function lead({ name, title, question, summary, paper, counted }, { items }) {
  const claimed = items.find((experiment) => experiment.status === "done" && experiment.unreadable === null && hasResults(experiment));
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
        claimed && h("a", { class: "button", href: `/experiments/${claimed.id}#claims-title` }, "Claims in the newest result"),
      ),
    ),
    paperLines(paper),
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
 */
function presetCard({ name, preset_titles: titles, params_schema: schema }, key, params, called) {
  const fields = fieldsOf(schema);
  const defaults = defaultsOf(fields, params);
  const title = titles[key] ?? key;
  const differing = fields.filter((field) => !same(params[field.name], field.value));
  const said = differing.slice(0, DIFFERENCES).map((field) => `${field.title} ${(field.format === "dataset" && called.get(String(params[field.name]))) || shown(field, params[field.name])}`);
  if (differing.length > DIFFERENCES) said.push(`${differing.length - DIFFERENCES} more`);
  return h(
    "li",
    { class: "card preset-card", "data-preset": key },
    h("h3", {}, title),
    h("p", { class: "quiet" }, said.join(" · ") || "All settings at their defaults."),
    h("p", {}, h("a", { class: "button", href: `/new/${encodeURIComponent(name)}${encodeParams(params, defaults)}`, "aria-label": `Set up: ${title}` }, "Set up")),
  );
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
