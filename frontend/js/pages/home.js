/** Home: what has been run, and what can be run. */

import { api } from "../api.js";
import { decode, encode, experimentFilter, inWords } from "../components/experiment-filter.js";
import { experimentList } from "../components/experiment-list.js";
import { notice } from "../components/notice.js";
import { paperLines } from "../components/paper.js";
import { h } from "../dom.js";
import { reviewingOf, starterOf, studyHref } from "../studies.js";

/** @import { Study } from "../../types/api.js" */

/** @type {import("../router.js").PageLoader} */
export async function home(_params, signal) {
  let wanted = decode(location.search).view;
  const [{ items: studies }, first] = await Promise.all([api.studies(signal), api.experiments(inWords(wanted), signal)]);
  const filter = experimentFilter(studies, (changed) => {
    wanted = changed;
    history.replaceState(history.state, "", location.pathname + encode(wanted));
    list.renew();
  });
  filter.update(wanted);
  filter.element.hidden = encode(wanted) === "" && first.items.length < 2; // there is nothing to choose from
  const nothing = () => (encode(wanted) === "" ? nothingYet(studies) : noneSuch());
  const list = experimentList(first, { wanted: () => inWords(wanted), nothing }, signal);
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
        "Compare models that saw an example with models that did not, and look at the pictures behind every score. Or take a paper that asks why networks generalize although they can memorize, run what it ran, and hold its findings against yours.",
      ),
      h(
        "p",
        { class: "actions" },
        h("a", { class: "button button-primary", href: startHref(studies) }, "New experiment"),
        reviewingOf(studies) && h("a", { class: "button", href: "/datasets" }, "Find label errors in my data"),
      ),
    ),
    h("section", { "aria-labelledby": "experiments-title" }, h("h2", { id: "experiments-title" }, "Experiments"), filter.element, list.element),
    h(
      "section",
      { "aria-labelledby": "studies-title" },
      h("h2", { id: "studies-title", tabindex: -1 }, "Studies"),
      h("ul", { class: "study-list" }, ...studies.map(studyCard)),
    ),
  );
  const restore = () => {
    wanted = decode(location.search).view;
    filter.update(wanted);
    list.renew();
  };
  return { title: "", element, start: list.start, restore };
}

function noneSuch() {
  return h("p", { class: "empty" }, "No experiment fits. Take a word away, or choose ", h("a", { href: "/" }, "all experiments"), ".");
}

/** @param {Study[]} studies */
function startHref(studies) {
  return studies.length === 1 ? `/new/${studies[0]?.name}` : "#studies-title";
}

/** @param {Study} study */
function studyCard({ name, title, summary: about, paper, counted }) {
  const open = h("a", { class: "button", href: studyHref(name), "aria-label": `Open the study: ${title}` }, "Open");
  const setUp = counted !== null && h("a", { class: "button", href: `/new/${name}`, "aria-label": `Set up an experiment: ${title}` }, "Set up an experiment");
  return h(
    "li",
    { class: "card study-card" },
    h("div", {}, h("h3", {}, h("a", { href: studyHref(name) }, title)), h("p", {}, about)),
    paperLines(paper),
    h("p", { class: "study-actions" }, open, setUp),
  );
}

/** @param {Study[]} studies */
function nothingYet(studies) {
  const first = starterOf(studies);
  return notice(
    { title: "No experiment yet", detail: first ? `“${first.title}” is a good first one: its quick preset takes about a minute on two cores.` : "Choose a study below." },
    first && h("a", { class: "button button-primary", href: `/new/${first.name}` }, "Run the first one"),
  );
}
