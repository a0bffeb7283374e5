/** Head of an experiment's page: what it is, how far it is, and what may be done with it. */

import { api, experimentUrl } from "../api.js";
import { datasetHref } from "../datasets.js";
import { h, replace, text } from "../dom.js";
import { ago, counted, duration, moment } from "../format.js";
import { icon } from "../icons.js";
import { shareToken } from "../place.js";
import { navigate } from "../router.js";
import { encodeParams } from "../schema.js";
import { dataWait } from "./data-wait.js";
import { ask } from "./dialog.js";
import { closeOutside } from "./filters.js";
import { shareButton } from "./share-dialog.js";
import { hasResults, progressBar, statusBadge } from "./status.js";

/** @import { Experiment, Study } from "../../types/api.js" */
/** @typedef {Experiment["actions"][number]} Action */

const EXPORT_TITLE = "One HTML file with scores, pictures and claims that opens without a server";
const FORMATS = [
  ["csv", "CSV, one row per size and example"],
  ["parquet", "Parquet"],
  ["npz", "NumPy arrays with labels"],
];

/**
 * @param {Experiment} first
 * @param {Study} study
 * @param {(experiment: Experiment) => void} changed called with the answer of an action
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, update: (experiment: Experiment) => void, connection: (connected: boolean) => void }}
 */
export function experimentHeader(first, study, changed, signal) {
  const { extension } = study;
  const status = statusBadge();
  const progress = progressBar();
  const wait = dataWait((waits) => progress.element.classList.toggle("is-waiting", waits), signal);
  const title = h("h1", { tabindex: -1 });
  const facts = h("p", { class: "header-facts" });
  const error = h("p", { class: "card-error", hidden: true });
  const lost = h("p", { class: "stale", role: "status", hidden: true }, "Live updates are interrupted; reconnecting…");
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  const buttons = h("div", { class: "actions" });
  const deviations = h("ul", { class: "deviations" });
  const setting = h("summary", {});
  const settings = h("details", { class: "setting" }, setting, deviations);
  const downloads = downloadMenu(first);
  const compared = h("a", { class: "button", href: `/compare?a=${first.id}`, title: "Two sizes of this experiment, or this and another one" }, "Compare");
  const exported = h("a", { class: "button", href: `${experimentUrl(first.id)}/export.html`, download: true, title: EXPORT_TITLE }, icon("download"), "Export page");
  const element = h(
    "header",
    { class: "experiment-header" },
    h("p", { class: "crumb" }, !shareToken && h("a", { href: "/" }, "Experiments"), !shareToken && " / ", study.title),
    h("div", { class: "header-line" }, title, status.element),
    facts,
    settings,
    progress.element,
    error,
    wait.element,
    lost,
    h("div", { class: "actions-line" }, !shareToken && buttons, ...(study.has_scores ? [!shareToken && compared, downloads, exported] : [])),
    trouble,
  );
  const share = shareButton(() => shown);
  let shown = first;
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
      ask(
        {
          title: `Extend by more ${extension.noun}`,
          detail: extension.detail,
          confirm: "Extend",
          number: { label: extension.label, value: extension.default, min: extension.least, max: extension.most },
        },
        async (models) => navigate(`/experiments/${(await api.extend(id, models)).id}`),
      ),
    ),
    delete: action("Delete…", () =>
      ask(
        { title: "Delete this experiment?", detail: "Its results and log go for good, and links to it stop working.", confirm: "Delete", danger: true },
        async () => {
          await api.remove(id);
          navigate("/", { replace: true });
        },
      ),
    ),
  });

  /** @param {Experiment} experiment */
  const showActions = (experiment) => {
    const state = experiment.actions.join();
    if (shareToken || (state === actions && buttons.childElementCount > 0)) return;
    actions = state;
    const made = makeActions(experiment);
    const clone = h("a", { class: "button", href: `/new/${experiment.study}${encodeParams(experiment.params, {}, experiment.title)}` }, "Clone");
    replace(buttons, ...experiment.actions.filter((name) => name !== "delete").map((name) => made[name]), clone, share, experiment.actions.includes("delete") && made.delete);
  };

  /** @param {Experiment} experiment */
  const update = (experiment) => {
    shown = experiment;
    text(title, experiment.title);
    status.update(experiment.status);
    progress.update(experiment);
    if (!shareToken) wait.update(experiment); // it speaks of the data set, which is not shared
    showFacts(facts, experiment);
    text(setting, `Numbers: ${experiment.setting}`);
    if (deviations.childElementCount !== experiment.deviations.length) {
      replace(deviations, ...experiment.deviations.map((item) => h("li", {}, item)));
    }
    error.hidden = !experiment.error;
    text(error, experiment.error ?? "");
    downloads.hidden = !hasResults(experiment);
    exported.hidden = !hasResults(experiment);
    compared.hidden = !hasResults(experiment);
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
 * @param {string} name
 * @param {() => void} act
 * @param {string} [kind]
 */
function action(name, act, kind = "") {
  return h("button", { type: "button", class: `button ${kind}`, onclick: act }, name);
}

/**
 * @param {HTMLElement} element
 * @param {Experiment} experiment
 */
function showFacts(element, { created_at, started_at, finished_at, progress, parent_id, dataset_id }) {
  const parts = [counted(progress.models, "model")];
  if (started_at && finished_at) parts.push(`took ${duration((Date.parse(finished_at) - Date.parse(started_at)) / 1000)}`);
  const words = ` · ${parts.join(" · ")} · submitted `;
  const state = words + ago(created_at);
  if (element.dataset.shown === state) return; // its links keep the focus
  element.dataset.shown = state;
  replace(
    element,
    "on ",
    shareToken ? dataset_id : h("a", { href: datasetHref(dataset_id) }, dataset_id),
    words,
    h("time", { datetime: created_at, title: moment(created_at) }, ago(created_at)),
    parent_id && " · extends ",
    parent_id && (shareToken ? "an earlier experiment" : h("a", { href: `/experiments/${parent_id}` }, "an earlier experiment")),
  );
}

/** @param {Experiment} experiment */
function downloadMenu({ id }) {
  const details = h(
    "details",
    { class: "menu" },
    h("summary", { class: "button" }, icon("download"), "Scores"),
    h(
      "ul",
      { class: "menu-list" },
      ...FORMATS.map(([format, name]) => h("li", {}, h("a", { href: `${experimentUrl(id)}/scores.${format}`, download: true }, name))),
    ),
  );
  closeOutside(details);
  return details;
}
