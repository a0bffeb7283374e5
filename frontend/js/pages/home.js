/** Home: what has been run, and what can be run. */

import { aborted, api } from "../api.js";
import { notice } from "../components/notice.js";
import { previewDrawing } from "../components/preview.js";
import { isLive, progressBar, statusBadge } from "../components/status.js";
import { h, keyed, replace, text } from "../dom.js";
import { ago, counted, moment, sentence } from "../format.js";
import { poll } from "../live.js";
import { mainStudy } from "../studies.js";

/** @import { Experiment, Study } from "../../types/api.js" */

const BUSY_MS = 2000;
const IDLE_MS = 10000;

/** @type {import("../router.js").PageLoader} */
export async function home(_params, signal) {
  const [studies, first] = await Promise.all([api.studies(signal), api.experiments(null, signal)]);
  const grid = h("ul", { class: "experiment-grid" });
  const empty = h("div", {});
  const trouble = h("p", { class: "stale", role: "status", hidden: true });
  const older = h("button", { type: "button", class: "button", onclick: () => showOlder() }, "Show older experiments");
  /** @type {Experiment[]} */
  let tail = [];
  let newest = first.items;
  let next = first.next;

  const render = () => {
    const seen = new Set(newest.map(({ id }) => id));
    const all = [...newest, ...tail.filter(({ id }) => !seen.has(id))];
    keyed(grid, all, ({ id }) => id, experimentCard);
    grid.dataset.ready = "true";
    grid.dataset.count = String(all.length);
    replace(empty, all.length === 0 && nothingYet(studies.items));
    older.hidden = !next;
  };

  const refresh = async () => {
    try {
      const page = await api.experiments(null, signal);
      const ids = new Set(page.items.map(({ id }) => id));
      // What new experiments pushed off the first page stays on screen, in its place behind it.
      if (page.next) tail = [...newest.filter(({ id }) => !ids.has(id)), ...tail];
      else tail = [];
      if (tail.length === 0) next = page.next;
      newest = page.items;
      trouble.hidden = true;
      render();
    } catch (error) {
      if (aborted(error)) return;
      trouble.hidden = false;
      text(trouble, `The list is not up to date: ${error instanceof Error ? error.message : error}`);
    }
  };

  const showOlder = async () => {
    const page = await api.experiments(next ?? null, signal);
    tail = [...tail, ...page.items];
    next = page.next;
    render();
  };

  const element = h(
    "div",
    { class: "page home" },
    h(
      "section",
      { class: "lead" },
      h("h1", { tabindex: -1 }, "What do image classifiers memorize?"),
      h(
        "p",
        {},
        "Compare models that saw an example with models that did not, and look at the pictures behind every score. Then train networks on wrong labels and scrambled pictures, which they fit as well, and see what that leaves of the reasons why they generalize.",
      ),
      h("p", {}, h("a", { class: "button button-primary", href: startHref(studies.items) }, "New experiment")),
    ),
    h(
      "section",
      { "aria-labelledby": "experiments-title" },
      h("h2", { id: "experiments-title" }, "Experiments"),
      trouble,
      empty,
      grid,
      h("p", { class: "gallery-more" }, older),
    ),
    h(
      "section",
      { "aria-labelledby": "studies-title" },
      h("h2", { id: "studies-title", tabindex: -1 }, "Studies"),
      h("ul", { class: "study-list" }, ...studies.items.map(studyCard)),
    ),
  );
  render();
  return {
    title: "",
    element,
    start() {
      const delay = () => (newest.some(isLive) ? BUSY_MS : IDLE_MS);
      setTimeout(() => poll(refresh, delay, signal), delay());
    },
  };
}

/** @returns {import("../dom.js").Component<Experiment>} */
function experimentCard() {
  const status = statusBadge();
  const preview = previewDrawing();
  const progress = progressBar();
  const link = h("a", { class: "card-link" });
  const study = h("p", { class: "card-study" });
  const facts = h("p", { class: "card-facts" });
  const when = h("time", {});
  const problem = h("p", { class: "card-error" });
  const element = h(
    "li",
    { class: "card experiment-card" },
    h("div", { class: "card-head" }, h("div", {}, study, h("h3", {}, link)), status.element),
    preview.element,
    progress.element,
    problem,
    h("p", { class: "card-foot" }, facts, when),
  );
  return {
    element,
    update(experiment) {
      link.setAttribute("href", `/experiments/${experiment.id}`);
      text(link, experiment.title);
      text(study, sentence(experiment.study));
      status.update(experiment.status);
      element.dataset.status = experiment.status;
      element.dataset.experiment = experiment.id;
      preview.update(experiment.preview);
      progress.update(experiment);
      problem.hidden = !experiment.error;
      text(problem, experiment.error ?? "");
      text(facts, summary(experiment));
      when.setAttribute("datetime", experiment.created_at);
      when.title = moment(experiment.created_at);
      text(when, ago(experiment.created_at));
    },
  };
}

/** @param {Experiment} experiment */
function summary({ progress, sizes, size_name: sizeName }) {
  const models = counted(progress.models, "model");
  if (sizes.length === 0) return models;
  const range = sizes.length === 1 ? `${sizeName} ${sizes[0]}` : `${counted(sizes.length, sizeName)} from ${sizes[0]} to ${sizes.at(-1)}`;
  return `${models}, ${range}`;
}

/** @param {Study[]} studies */
function startHref(studies) {
  return studies.length === 1 ? `/new/${studies[0]?.name}` : "#studies-title";
}

/** @param {Study} study */
function studyCard({ name, title, summary: about, paper }) {
  return h(
    "li",
    { class: "card study-card" },
    h("div", {}, h("h3", {}, title), h("p", {}, about)),
    h(
      "p",
      { class: "paper" },
      h("cite", {}, paper.title),
      h("span", {}, `${paper.authors}, ${paper.year}`),
      h("span", {}, paper.venue),
      h("span", { class: "paper-url" }, paper.url),
    ),
    h("p", { class: "study-actions" }, h("a", { class: "button", href: `/new/${name}`, "aria-label": `Set up an experiment: ${title}` }, "Set up an experiment")),
  );
}

/** @param {Study[]} studies */
function nothingYet(studies) {
  const first = mainStudy(studies);
  return notice(
    { title: "No experiment yet", detail: "The quick preset trains small networks on digits and takes about a minute on two cores." },
    first && h("a", { class: "button button-primary", href: `/new/${first.name}` }, "Run the first one"),
  );
}
