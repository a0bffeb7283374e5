/** Explore: brush a range of the histogram, see the pictures behind it, and how they fare over model size. */

import { aborted, api } from "../api.js";
import { brush, upper } from "../components/brush.js";
import { cardsMenu } from "../components/cards-menu.js";
import { figurePanel } from "../components/figure.js";
import { filters } from "../components/filters.js";
import { gallery } from "../components/gallery.js";
import { galleryMarks } from "../components/gallery-marks.js";
import { histogramControls } from "../components/histogram-controls.js";
import { createPictures } from "../components/pictures.js";
import { sizeScrubber } from "../components/size-scrubber.js";
import { noResultsYet } from "../components/notice.js";
import { hasResults } from "../components/status.js";
import { h, text } from "../dom.js";
import { counted, percent } from "../format.js";
import { coalesced } from "../live.js";
import { shareToken } from "../place.js";
import { runs } from "../runs.js";
import { encodeForApi, encodeForFigure } from "../view.js";
import { datasetOf } from "./panel.js";

/** @import { Column, Histogram } from "../../types/api.js" */
/** @typedef {import("../view.js").View} View */

const NO_RANGE = { memorization_gte: null, memorization_lte: null };

/** @type {import("./panel.js").MakePanel} */
export function explore({ experiment, study, store }, signal) {
  const { id, classes, size_name, relabels } = experiment();
  const size = () => experiment().sizes.find((known) => known === store.get().size) ?? null;
  /** A size of the link that has no scores (yet) counts as none. @returns {View} */
  const view = () => ({ ...store.get(), size: size() });
  const history = runs();
  /** @type {Promise<void>} */
  let drawing = Promise.resolve();
  const scrubber = sizeScrubber(
    size_name,
    (size) => {
      store.set({ size }, { history: history("size") });
      return drawing;
    },
    signal,
  );
  const bars = histogramControls(store, relabels);
  const histogram = figurePanel(id, figureInfo(study, "histogram"), signal, { controls: bars.element, folded: scrubber.element });
  const facts = h("p", { class: "histogram-facts", "aria-live": "polite" });
  const caution = h("p", { class: "caution", hidden: true });
  const chosen = filters(store, classes, relabels);
  const head = h("div", { class: "gallery-tools" }, chosen.element);
  const cards = gallery(
    { id, view, sizes: () => experiment().sizes, columns: () => columns, pictures: createPictures(datasetOf(experiment())) },
    [head, chosen.chips],
    signal,
  );
  const look = cardsMenu(store, cards.grid, signal);
  const remarked = () => {
    listed = "";
    if (store.get().mark.length > 0) binned = "";
    load();
  };
  const marks = shareToken ? null : galleryMarks({ dataset: datasetOf(experiment()), grid: cards.grid, row: cards.row, changed: remarked }, signal);
  head.append(look.element);
  if (marks) {
    head.append(marks.toggle);
    head.parentElement?.append(marks.bar);
  }
  const brushed = brush(
    histogram.plot,
    {
      range: ([low, high], first) => store.set({ memorization_gte: low, memorization_lte: upper(high) }, { history: first ? "push" : "replace" }),
      end: (score) => store.set({ memorization_gte: score, memorization_lte: score }),
    },
    signal,
  );
  /** @type {readonly Column[]} */
  let columns = [];
  let described = -1;
  let binned = "";
  let listed = "";

  // The histogram shows what the other filters leave, so that the brush always has its surroundings.
  const loadHistogram = async () => {
    const shown = { ...view(), ...NO_RANGE, sort: "-memorization" };
    const query = encodeForFigure(shown);
    const state = `${query} ${experiment().version}`;
    if (state === binned) return;
    binned = state;
    try {
      const [counts] = await Promise.all([api.histogram(id, encodeForApi(shown, { bins: shown.bins }), signal), histogram.load(query)]);
      brushed.setEdges(counts.edges);
      text(facts, describe(counts));
      text(caution, counts.caution ?? "");
    } catch (error) {
      // Without scores the figure says so itself.
      if (!aborted(error)) binned = "";
    }
  };

  const showControls = () => {
    const { memorization_gte: low, memorization_lte: high } = store.get();
    const { sizes } = experiment();
    scrubber.update(sizes, size() ?? sizes.at(-1) ?? null);
    bars.update();
    chosen.update(columns);
    look.update();
    caution.hidden = store.get().density !== "full"; // it speaks of intervals, which no other card shows
    brushed.setRange(low === null && high === null ? null : [low ?? -1, high ?? 1]);
  };

  const loadColumns = async () => {
    const { version } = experiment();
    if (version === described || !hasResults(experiment())) return;
    try {
      columns = (await api.columns(id, signal)).items;
      described = version;
    } catch {
      // Without them the explorer does all else; the next results ask again.
    }
  };

  const loadCards = async () => {
    const state = `${encodeForApi(view())} ${experiment().version}`;
    if (state === listed) return;
    listed = state;
    await cards.load();
  };

  const loadAll = async () => {
    await loadColumns();
    showControls();
    if (hasResults(experiment())) {
      drawing = loadHistogram();
      await Promise.all([drawing, loadCards()]);
    } else {
      histogram.wait(experiment());
      cards.wait(noResultsYet(experiment(), "The first pictures appear with the first scores."));
    }
  };
  const load = coalesced(loadAll);

  return {
    element: h(
      "div",
      { class: "explore" },
      h("div", { class: "explore-side" }, histogram.element, facts, caution),
      h("div", { class: "explore-main" }, cards.element),
    ),
    start: loadAll,
    view() {
      showControls(); // at once: what is loaded comes when it comes
      load();
    },
    results: () => {
      if (!brushed.dragging()) load();
    },
  };
}

/**
 * @param {import("../../types/api.js").Study} study
 * @param {string} name
 */
function figureInfo(study, name) {
  return study.figures.find((info) => info.name === name) ?? { name, title: name, description: "", controls: {} };
}

/** @param {Histogram} histogram */
function describe({ n, undefined: missing, below_01: low, above_09: high, step, few_models: few }) {
  const parts = [counted(n, "score")];
  if (few !== null) parts.push(`of only ${counted(few, "model")}`);
  if (step !== null) parts.push(`they move in steps of 1/${Math.round(1 / step)}`);
  if (low !== null && high !== null) parts.push(`${percent(low)} below 0.1`, `${percent(high)} above 0.9`);
  if (missing > 0) parts.push(`${counted(missing, "example")} without a score yet`);
  return parts.join(" · ");
}
