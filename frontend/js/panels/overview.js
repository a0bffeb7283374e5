/** Overview: the study's figures under their headings, each loaded when it comes near, and the paper's claims. */

import { aborted, api } from "../api.js";
import { caseList } from "../components/cases.js";
import { claimList } from "../components/claims.js";
import { figurePanel } from "../components/figure.js";
import { fewModels } from "../components/few-models.js";
import { fitPreview } from "../components/fit-preview.js";
import { noResultsYet, notice } from "../components/notice.js";
import { hasResults } from "../components/status.js";
import { termed } from "../components/term.js";
import { h, replace, text } from "../dom.js";
import { coalesced } from "../live.js";
import { whenNear } from "../near.js";
import { shareToken } from "../place.js";
import { encodeParams } from "../schema.js";

/** @import { FigureInfo, Related } from "../../types/api.js" */
/** @typedef {import("../components/figure.js").FigurePanel} FigurePanel */

const CLAIMS = { heading: "Claims", id: "claims-title" };
const RELATED = { heading: "See also", id: "related-title" };

/** @type {import("./panel.js").MakePanel} */
export async function overview({ experiment, study, store }, signal) {
  const { id, params, dataset_id: dataset, related } = experiment();
  const { items: infos } = await api.figures(id, signal);
  const headings = [...new Set(infos.map(({ section }) => section))].filter((heading) => heading !== null);
  const sections = headings.map((heading, at) => figureSection(heading, `section-${at}`, id, infos.filter(({ section }) => section === heading), store, signal));
  const panels = sections.flatMap((section) => section.panels);
  const headed = sections.filter(({ heading }) => heading !== "");
  const further = !shareToken && related.length > 0;
  const fit = dataset !== null && study.pictured.length > 0 && !shareToken ? fitPreview("fit-title", study.pictured, signal) : null; // the data set is not shared
  const cases = dataset !== null && study.cases ? caseList(id, dataset, study.cases, signal) : null;
  const claims = claimList(termed);
  const state = h("div", {});
  const caution = h("p", { class: "caution", hidden: true });
  /** Those that came near once. @type {Set<FigurePanel>} */
  const wanted = new Set();
  let known = false;

  const loadClaims = async () => {
    try {
      const { items } = await api.claims(id, signal);
      claims.update(items, fewModels(experiment()));
      known = true;
      claims.list.dataset.ready = "true";
      claims.list.dataset.count = String(items.length);
      replace(state, items.length === 0 && notice({ title: "This study states no claims" }));
    } catch (error) {
      if (aborted(error)) return;
      claims.list.dataset.ready = "failed";
      const detail = error instanceof Error ? error.message : String(error);
      if (!known) replace(state, notice({ title: "The claims could not be loaded", detail, kind: "failed" }));
    }
  };

  const loadFit = async () => {
    if (dataset === null) return;
    try {
      fit?.update(params, (await api.dataset(dataset, signal)).state === "ready");
    } catch {
      // Without the pictures the page still shows all that was measured.
    }
  };

  const load = coalesced(async () => {
    const warning = experiment().caution;
    caution.hidden = warning === null;
    text(caution, warning ?? "");
    if (fit?.element.hidden) loadFit();
    if (!hasResults(experiment())) {
      for (const panel of panels) panel.wait(experiment());
      replace(state, noResultsYet(experiment(), "Claims are held against the first results as soon as there are some."));
      return;
    }
    await Promise.all([...[...wanted].map((panel) => panel.load("")), loadClaims(), cases?.load()]);
  });

  return {
    element: h(
      "div",
      { class: "overview" },
      headed.length > 1 && jumps([...headed, ...(cases ? [cases] : []), ...(further ? [RELATED] : []), CLAIMS]),
      fit?.element,
      caution,
      ...sections.map(({ element }) => element),
      cases?.element,
      further && relatedSection(related),
      h(
        "section",
        { class: "claims", "aria-labelledby": CLAIMS.id },
        h("h2", { id: CLAIMS.id, tabindex: -1 }, "What the paper found, and what we measure"),
        state,
        claims.element,
      ),
    ),
    start() {
      fit?.start();
      for (const panel of panels) {
        const come = () => {
          wanted.add(panel);
          if (hasResults(experiment())) panel.load("");
        };
        whenNear(panel.element, come, signal);
      }
      return load(); // an address may name a place below what is loaded
    },
    results: load,
  };
}

/**
 * @param {string} heading empty for figures that need none
 * @param {string} name of the heading, to jump to
 * @param {string} id of the experiment
 * @param {FigureInfo[]} infos
 * @param {import("../store.js").Store} store keeps what readers change in them
 * @param {AbortSignal} signal
 */
function figureSection(heading, name, id, infos, store, signal) {
  const panels = infos.map((info) => figurePanel(id, info, signal, { level: heading ? "h3" : "h2", store }));
  const title = heading && h("h2", { id: name, tabindex: -1 }, heading);
  const element = h("section", { class: "figure-section", "aria-labelledby": heading && name }, title, ...panels.map((panel) => panel.element));
  return { heading, id: name, panels, element };
}

/** @param {Related[]} related */
function relatedSection(related) {
  const items = related.map(({ title, detail, study, params }) =>
    h("li", {}, h("a", { href: `/new/${study}${encodeParams(params)}` }, title), h("p", { class: "quiet" }, detail)),
  );
  return h("section", { class: "related", "aria-labelledby": RELATED.id }, h("h2", { id: RELATED.id, tabindex: -1 }, RELATED.heading), h("ul", {}, ...items));
}

/** @param {{ heading: string, id: string }[]} places */
function jumps(places) {
  const links = places.map(({ heading, id }) => h("li", {}, h("a", { href: `#${id}` }, heading)));
  return h("nav", { "aria-label": "On this page" }, h("ul", { class: "jumps" }, ...links));
}
