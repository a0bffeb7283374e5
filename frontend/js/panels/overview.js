/** Overview: accuracies and memorization over size, a histogram per size, and the paper's claims. */

import { aborted, api } from "../api.js";
import { claimCard } from "../components/claims.js";
import { figurePanel } from "../components/figure.js";
import { noScoresYet, notice } from "../components/notice.js";
import { hasResults } from "../components/status.js";
import { h, replace } from "../dom.js";
import { coalesced } from "../live.js";

const FIGURES = ["overview", "histograms"];

/** @type {import("../pages/experiment.js").MakePanel} */
export function overview({ experiment, study }, signal) {
  const { id } = experiment();
  const panels = study.figures.filter(({ name }) => FIGURES.includes(name)).map((info) => figurePanel(id, info, signal));
  const list = h("ul", { class: "claim-list", "data-ready": "false" });
  const state = h("div", {});
  let shown = "";

  const loadClaims = async () => {
    try {
      const { items } = await api.claims(id, signal);
      const json = JSON.stringify(items);
      if (json !== shown) replace(list, ...items.map(claimCard));
      shown = json;
      list.dataset.ready = "true";
      list.dataset.count = String(items.length);
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
      replace(state, noScoresYet(experiment(), "Claims are held against the first scores as soon as there are some."));
      return;
    }
    await Promise.all([...panels.map((panel) => panel.load("")), loadClaims()]);
  });

  return {
    element: h(
      "div",
      { class: "overview" },
      ...panels.map((panel) => panel.element),
      h(
        "section",
        { class: "claims", "aria-labelledby": "claims-title" },
        h("h2", { id: "claims-title" }, "What the paper found, and what we measure"),
        state,
        list,
      ),
    ),
    start: load,
    results: load,
  };
}
