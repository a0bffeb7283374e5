/** Home: what a score is, on a real example; what can be asked; and what has been run. */

import { aborted, api } from "../api.js";
import { experimentFilter } from "../components/experiment-filter.js";
import { experimentList } from "../components/experiment-list.js";
import { importExperiment, showSamples } from "../components/import-experiment.js";
import { notice } from "../components/notice.js";
import { opening } from "../components/opening.js";
import { questions } from "../components/questions.js";
import { isLive, progressBar } from "../components/status.js";
import { tourButton } from "../components/tour.js";
import { h, replace } from "../dom.js";
import { duration } from "../format.js";
import { decode, encode, wantedOf } from "../home-view.js";
import { learnTerms } from "../known-terms.js";
import { poll } from "../live.js";
import { reviewingOf, starterOf } from "../studies.js";

/** @import { Experiment, Front, Study } from "../../types/api.js" */

const AGAIN_MS = 2000; // until the first page asks again while something runs
const SETTLED_MS = 200; // browsers let an address be replaced only so often

/** @type {import("../router.js").PageLoader} */
export async function home(_params, signal) {
  let view = decode(location.search).view;
  const [{ items: studies }, first, front] = await Promise.all([api.studies(signal), api.experiments(wantedOf(view), signal), api.front(signal)]);
  learnTerms([]);
  let timer = 0;
  /** @param {Partial<typeof view>} change */
  const become = (change) => {
    view = { ...view, ...change };
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(history.state, "", location.pathname + encode(view)), SETTLED_MS);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));

  const filter = experimentFilter(studies, (changed) => {
    become(changed);
    list.renew();
  });
  const unfiltered = () => encode({ ...view, story: "", asked: null }) === "";
  filter.update(view);
  filter.element.hidden = unfiltered() && first.items.length < 2; // there is nothing to choose from
  const nothing = () => (unfiltered() ? nothingYet(studies) : noneSuch());
  const list = experimentList(first, { wanted: () => wantedOf(view), nothing }, signal);
  const begin = beginning(studies, front, view, become, signal);
  const scored = new Set(studies.filter((study) => study.scored).map((study) => study.name));
  /** An experiment whose models the page may soon begin with. */
  const coming = async () => {
    const { items } = await api.experiments({ status: ["running", "queued"] }, signal);
    return items.find((experiment) => scored.has(experiment.study)) ?? null;
  };
  const papers = questions();
  papers.update(studies, front.papers);

  const element = h(
    "div",
    { class: "page home" },
    h(
      "section",
      { class: "lead home-lead" },
      h("h1", { tabindex: -1 }, "What do image classifiers memorize?"),
      h("p", {}, "Ask many models about one picture. Some saw it in training, the others never did. How much better the first are is what was learned by heart."),
      h(
        "p",
        { class: "actions" },
        tourButton(),
        h("a", { class: "button", href: "/glossary" }, "Glossary"),
        reviewingOf(studies) && h("a", { class: "button", href: "/datasets" }, "Find label errors in my data"),
      ),
    ),
    begin.element,
    h(
      "section",
      { "aria-labelledby": "studies-title" },
      h("h2", { id: "studies-title", tabindex: -1 }, `${numeral(studies.length)} papers, ${numeral(studies.length).toLowerCase()} questions`),
      papers.element,
    ),
    h("section", { "aria-labelledby": "experiments-title" }, h("div", { class: "section-line" }, h("h2", { id: "experiments-title", tabindex: -1 }, "Experiments"), importExperiment(signal)), filter.element, list.element),
  );
  return {
    title: "",
    element,
    start() {
      list.start();
      begin.start();
      const again = async () => {
        try {
          const next = await api.front(signal);
          papers.update(studies, next.papers);
          begin.update(next, begin.waits() ? await coming() : null);
        } catch (error) {
          if (!aborted(error)) return; // the list of experiments says that the server does not answer
        }
      };
      poll(again, () => (begin.waits() ? AGAIN_MS : 5 * AGAIN_MS), signal);
    },
    restore() {
      const before = encode({ ...view, story: "", asked: null });
      view = decode(location.search).view;
      filter.update(view);
      begin.restore(view);
      if (encode({ ...view, story: "", asked: null }) !== before) list.renew();
    },
  };
}

/**
 * The example that the page begins with, or what stands there until there is one.
 * @param {Study[]} studies
 * @param {Front} front
 * @param {import("../components/opening.js").Shown} shown
 * @param {(shown: import("../components/opening.js").Shown) => void} changed
 * @param {AbortSignal} signal
 */
function beginning(studies, front, shown, changed, signal) {
  const element = h("div", { class: "beginning" });
  const progress = progressBar();
  /** @type {ReturnType<typeof opening> | null} */
  let stage = null;
  let view = shown;
  let current = front;
  let waiting = "";

  /** @param {Experiment | null} live */
  const wait = (live) => {
    if (live) progress.update(live);
    const state = live?.id ?? "nothing";
    if (state === waiting) return;
    waiting = state;
    replace(element, live ? soon(progress.element) : nothingToShow(studies, front));
  };

  /** @param {Front} next @param {Experiment | null} live */
  const update = (next, live) => {
    current = next;
    if (!next.opening) return wait(live);
    if (stage) return stage.update(next.opening);
    stage = opening(next.opening, view, changed, signal);
    replace(element, stage.element);
    stage.start();
  };

  return {
    element,
    update,
    start: () => update(front, null),
    waits: () => !current.opening || isLive(current.opening.experiment),
    /** @param {import("../components/opening.js").Shown} next */
    restore(next) {
      view = next;
      stage?.restore(next);
    },
  };
}

/** @param {HTMLElement} progress */
function soon(progress) {
  return h(
    "section",
    { class: "card opening opening-soon", "aria-label": "What comes here" },
    h("h2", {}, "The first models are being trained"),
    h("p", {}, "As soon as some are there, this place shows a real picture and a dot for each model that was asked about it: right or wrong, with the picture in its training or without it. The first dots come within seconds."),
    progress,
  );
}

/** @param {Study[]} studies @param {Front} front */
function nothingToShow(studies, front) {
  const first = starterOf(studies);
  const price = front.papers.find(({ study }) => study === first?.name)?.seconds;
  return h(
    "section",
    { class: "card opening opening-soon", "aria-label": "What comes here" },
    h("h2", {}, "Nothing has been measured here yet"),
    h("p", {}, "With the first experiment, this place shows a real picture and a dot for each model that was asked about it: right or wrong, with the picture in its training or without it."),
    h(
      "p",
      { class: "actions" },
      first && h("a", { class: "button button-primary", href: `/new/${first.name}` }, `Run the first one${price ? ` (${duration(price)})` : ""}`),
      showSamples(),
    ),
  );
}

/** A small number as a word. @param {number} value */
const numeral = (value) => ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"][value] ?? String(value);

function noneSuch() {
  return h("p", { class: "empty" }, "No experiment fits. Take a word away, or choose ", h("a", { href: "/" }, "all experiments"), ".");
}

/** @param {Study[]} studies */
function nothingYet(studies) {
  const first = starterOf(studies);
  return notice(
    { title: "No experiment yet", detail: first ? `“${first.title}” is a good first one: its quick preset takes about a minute on two cores.` : "Choose a question above." },
    first && h("a", { class: "button button-primary", href: `/new/${first.name}` }, "Run the first one"),
  );
}
