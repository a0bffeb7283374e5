/** Overview: the study's figures under their headings, each loaded when it comes near, and the paper's claims. */

import { aborted, api } from "../api.js";
import { claimCard, verdictCounts } from "../components/claims.js";
import { figurePanel } from "../components/figure.js";
import { noResultsYet, notice } from "../components/notice.js";
import { hasResults } from "../components/status.js";
import { h, replace, text } from "../dom.js";
import { coalesced } from "../live.js";
import { whenNear } from "../near.js";

/** @import { FigureInfo } from "../../types/api.js" */
/** @typedef {import("../components/figure.js").FigurePanel} FigurePanel */

const CLAIMS_ID = "claims-title";

/** @type {import("../pages/experiment.js").MakePanel} */
export async function overview({ experiment }, signal) {
  const { id } = experiment();
  const { items: infos } = await api.figures(id, signal);
  const headings = [...new Set(infos.map(({ section }) => section))].filter((heading) => heading !== null);
  const sections = headings.map((heading, at) => figureSection(heading, `section-${at}`, id, infos.filter(({ section }) => section === heading), signal));
  const panels = sections.flatMap((section) => section.panels);
  const headed = sections.filter(({ heading }) => heading !== "");
  const list = h("ul", { class: "claim-list", "data-ready": "false" });
  const counts = h("p", { class: "claim-counts", hidden: true });
  const state = h("div", {});
  /** Those that came near once. @type {Set<FigurePanel>} */
  const wanted = new Set();
  let shown = "";

  const loadClaims = async () => {
    try {
      const { items } = await api.claims(id, signal);
      const json = JSON.stringify(items);
      if (json !== shown) replace(list, ...items.map(claimCard));
      shown = json;
      list.dataset.ready = "true";
      list.dataset.count = String(items.length);
      counts.hidden = items.length === 0;
      text(counts, verdictCounts(items));
      replace(state, items.length === 0 && notice({ title: "This study states no claims" }));
    } catch (error) {
      if (aborted(error)) return;
      list.dataset.ready = "failed";
      const detail = error instanceof Error ? error.message : String(error);
      if (!shown) replace(state, notice({ title: "The claims could not be loaded", detail, kind: "failed" }));
    }
  };

  const load = coalesced(async () => {
    if (!hasResults(experiment())) {
      for (const panel of panels) panel.wait(experiment());
      replace(state, noResultsYet(experiment(), "Claims are held against the first results as soon as there are some."));
      return;
    }
    await Promise.all([...[...wanted].map((panel) => panel.load("")), loadClaims()]);
  });

  return {
    element: h(
      "div",
      { class: "overview" },
      headed.length > 1 && jumps([...headed, { heading: "Claims", id: CLAIMS_ID }]),
      ...sections.map(({ element }) => element),
      h(
        "section",
        { class: "claims", "aria-labelledby": CLAIMS_ID },
        h("h2", { id: CLAIMS_ID, tabindex: -1 }, "What the paper found, and what we measure"),
        counts,
        state,
        list,
      ),
    ),
    start() {
      for (const panel of panels) {
        const come = () => {
          wanted.add(panel);
          if (hasResults(experiment())) panel.load("");
        };
        whenNear(panel.element, come, signal);
      }
      load();
    },
    results: load,
  };
}

/**
 * @param {string} heading empty for figures that need none
 * @param {string} name of the heading, to jump to
 * @param {string} id of the experiment
 * @param {FigureInfo[]} infos
 * @param {AbortSignal} signal
 */
function figureSection(heading, name, id, infos, signal) {
  const panels = infos.map((info) => figurePanel(id, info, signal, { level: heading ? "h3" : "h2" }));
  const title = heading && h("h2", { id: name, tabindex: -1 }, heading);
  const element = h("section", { class: "figure-section", "aria-labelledby": heading && name }, title, ...panels.map((panel) => panel.element));
  return { heading, id: name, panels, element };
}

/** @param {{ heading: string, id: string }[]} places */
function jumps(places) {
  const links = places.map(({ heading, id }) => h("li", {}, h("a", { href: `#${id}` }, heading)));
  return h("nav", { "aria-label": "On this page" }, h("ul", { class: "jumps" }, ...links));
}
