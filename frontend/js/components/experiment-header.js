/** Head of an experiment's page: what it is, how far it is, and what may be done with it. */

import { api, experimentUrl } from "../api.js";
import { datasetHref } from "../datasets.js";
import { h, replace, text } from "../dom.js";
import { ago, amount, count, duration, moment, sentence } from "../format.js";
import { shareToken } from "../place.js";
import { navigate } from "../router.js";
import { encodeParams } from "../schema.js";
import { studyHref } from "../studies.js";
import { dataWait } from "./data-wait.js";
import { departures } from "./departures.js";
import { ask } from "./dialog.js";
import { menu } from "./menu.js";
import { labelsFrom } from "./order-mark.js";
import { shareButton } from "./share-dialog.js";
import { hasResults, progressBar, statusBadge } from "./status.js";

/** @import { Experiment, Study } from "../../types/api.js" */
/** @typedef {Experiment["actions"][number]} Action */

const EXPORT_TITLE = "One HTML file with scores, pictures and claims that opens without a server";
const CARRY_TITLE = "Results, figures and small pictures in one file, which opens there without training";
const FORMATS = [
  ["csv", "Scores as CSV, one row per size and example"],
  ["parquet", "Scores as Parquet"],
  ["npz", "Scores as NumPy arrays with labels"],
];

/**
 * @param {Experiment} first
 * @param {Study | null} study null where this version cannot read the experiment
 * @param {(experiment: Experiment) => void} changed called with the answer of an action
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, update: (experiment: Experiment) => void, connection: (connected: boolean) => void }}
 */
export function experimentHeader(first, study, changed, signal) {
  const extension = study?.extension;
  const scored = study ? study.scored : first.sizes.length > 0;
  const status = statusBadge();
  const progress = progressBar();
  const wait = dataWait((waits) => progress.element.classList.toggle("is-waiting", waits), signal);
  const title = h("h1", { tabindex: -1 });
  const facts = h("p", { class: "header-facts" });
  const error = h("p", { class: "card-error", hidden: true });
  const lost = h("p", { class: "stale", role: "status", hidden: true }, "Live updates are interrupted; reconnecting…");
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  const buttons = h("div", { class: "actions" });
  const from = h("div", {});
  const setting = h("summary", {});
  const settings = h("details", { class: "setting" }, setting, from);
  const compared = h("a", { class: "button", href: `/compare?a=${first.id}`, title: "Two sizes of this experiment, or this and another one" }, "Compare");
  const entries = h("ul", { class: "menu-list" });
  const more = menu(["More"], entries);
  const element = h(
    "header",
    { class: "experiment-header" },
    h("p", { class: "crumb" }, ...(shareToken ? [] : [h("a", { href: "/#experiments-title" }, "Experiments"), " / "]), studyCrumb(first, study)),
    h("div", { class: "header-line" }, title, status.element, h("div", { class: "actions-line" }, !shareToken && buttons, more)),
    h("div", { class: "header-about" }, facts, settings),
    progress.element,
    error,
    wait.element,
    lost,
    trouble,
  );
  const share = shareButton(() => shown);
  let shown = first;
  let departed = "";
  let actions = "";
  let late = 0;

  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    trouble.hidden = true;
    try {
      await work();
    } catch (reason) {
      text(trouble, reason instanceof Error ? reason.message : String(reason));
      trouble.hidden = false;
    }
  };

  /** @type {(experiment: Experiment) => Record<Action, HTMLElement>} */
  const makeActions = ({ id }) => ({
    cancel: action("Cancel", () => attempt(async () => changed(await api.act(id, "cancel")))),
    resume: action("Resume", () => attempt(async () => changed(await api.act(id, "resume"))), "button-primary"),
    extend: action("Extend…", () =>
      extension &&
      ask(
        {
          title: `Extend by more ${extension.noun}`,
          detail: extension.detail,
          confirm: "Extend",
          number: { label: extension.label, value: extension.default, min: extension.least, max: extension.most },
          tell: async (models) => priced(await api.extension(id, models), extension.noun),
        },
        async (models) => navigate(`/experiments/${(await api.extend(id, models)).id}`),
      ),
    ),
    delete: action("Delete…", () =>
      ask(
        { title: "Delete this experiment?", detail: "Links to it stop working. For a day it can be brought back, on the page Storage; then its results are gone for good.", confirm: "Delete", danger: true },
        async () => {
          await api.remove(id);
          navigate("/", { replace: true });
        },
      ),
    ),
  });

  /** @param {Experiment} experiment */
  const showActions = (experiment) => {
    const scores = scored && hasResults(experiment);
    const state = [scores, experiment.status, ...experiment.actions].join();
    if (state === actions) return;
    actions = state;
    const made = makeActions(experiment);
    const may = (/** @type {Action} */ name) => experiment.actions.includes(name) && made[name];
    replace(buttons, may("cancel"), may("resume"), scores && study && compared, study && share);
    const clone = study && h("a", { href: `/new/${experiment.study}${encodeParams(experiment.params, {}, experiment.title)}` }, "Clone");
    const rename = action("Rename…", () =>
      ask(
        { title: "Rename this experiment", detail: "Its address and results stay as they are.", confirm: "Rename", words: { label: "Title", value: shown.title, most: 200 } },
        async (_number, words) => changed(await api.rename(experiment.id, words)),
      ),
    );
    const changes = shareToken ? [] : [extension && may("extend"), clone, rename, may("delete")];
    // A share reaches the pictures of its experiment, and the file has those of the whole data set.
    const carry = !shareToken && experiment.status === "done" && h("a", { href: `${experimentUrl(experiment.id)}/export.memoscope`, download: true, title: CARRY_TITLE }, "Download for another Memoscope");
    const listed = [...(scores ? downloads(experiment, study) : []), carry, ...changes].filter(Boolean);
    more.hidden = listed.length === 0;
    replace(entries, ...listed.map((entry) => h("li", {}, entry)));
  };

  /** @param {Experiment} experiment */
  const update = (experiment) => {
    shown = experiment;
    text(title, experiment.title);
    title.title = experiment.title; // of which the line may show the beginning only
    status.update(experiment.status);
    progress.update(experiment);
    if (!shareToken) wait.update(experiment); // it speaks of the data set, which is not shared
    showFacts(facts, experiment);
    text(setting, `Numbers: ${experiment.setting}`);
    settings.hidden = experiment.unreadable !== null;
    const state = JSON.stringify([experiment.deviations, experiment.scope]);
    if (state !== departed) replace(from, departures(experiment, "h2"));
    departed = state;
    error.hidden = !experiment.error;
    text(error, experiment.error ?? "");
    showActions(experiment);
  };

  update(first);
  return {
    element,
    update,
    connection(connected) {
      clearTimeout(late);
      // Servers end long streams on purpose; only a loss that lasts is worth a line.
      if (connected) lost.hidden = true;
      else late = window.setTimeout(() => (lost.hidden = false), 2500);
    },
  };
}

/**
 * @param {import("../../types/api.js").ExtensionEstimate} estimate
 * @param {string} noun
 */
function priced({ models, reused, seconds, gains }, noun) {
  return [`Trains ${amount(models, noun)} in about ${duration(seconds)} on one two-core worker; ${count(reused)} are reused.`, ...gains];
}

/**
 * @param {Experiment} experiment
 * @param {Study | null} study
 */
function studyCrumb({ study: name }, study) {
  if (!study) return sentence(name);
  return shareToken ? study.title : h("a", { href: studyHref(name) }, study.title);
}

/**
 * @param {string} name
 * @param {() => unknown} act
 * @param {string} [kind]
 */
function action(name, act, kind = "") {
  return h("button", { type: "button", class: `button ${kind}`, onclick: act }, name);
}

/**
 * @param {HTMLElement} element
 * @param {Experiment} experiment
 */
function showFacts(element, { created_at, started_at, finished_at, imported, progress, parent_id, dataset_id, dataset_title: data, label_file: file, counted: things }) {
  const parts = [amount(progress.models, things)];
  if (started_at && finished_at) parts.push(`took ${duration((Date.parse(finished_at) - Date.parse(started_at)) / 1000)}`);
  const on = dataset_id === null ? [] : ["on ", shareToken ? h("bdi", {}, data) : h("a", { href: datasetHref(dataset_id), dir: "auto" }, data), " · ", ...labelsFrom(file), file && " · "];
  const words = `${parts.join(" · ")} · ${imported ? "imported from another Memoscope" : "submitted"} `;
  const state = words + ago(created_at);
  if (element.dataset.shown === state) return; // its links keep the focus
  element.dataset.shown = state;
  replace(
    element,
    ...on,
    words,
    h("time", { datetime: created_at, title: moment(created_at) }, ago(created_at)),
    parent_id && " · extends ",
    parent_id && (shareToken ? "an earlier experiment" : h("a", { href: `/experiments/${parent_id}` }, "an earlier experiment")),
  );
}

/**
 * @param {Experiment} experiment
 * @param {Study | null} study
 */
function downloads({ id }, study) {
  const files = FORMATS.map(([format, name]) => h("a", { href: `${experimentUrl(id)}/scores.${format}`, download: true }, name));
  return [...files, study && h("a", { href: `${experimentUrl(id)}/export.html`, download: true, title: EXPORT_TITLE }, "Export page")];
}
