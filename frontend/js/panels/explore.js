/** Explore: brush a range of the histogram, see the pictures behind it, and how they fare over model size. */

import { aborted, api } from "../api.js";
import { brush, upper } from "../components/brush.js";
import { columnFilter } from "../components/column-filter.js";
import { figurePanel } from "../components/figure.js";
import { filters } from "../components/filters.js";
import { gallery } from "../components/gallery.js";
import { histogramControls } from "../components/histogram-controls.js";
import { createPictures } from "../components/pictures.js";
import { rangeInputs } from "../components/range-inputs.js";
import { sizePicker } from "../components/size-picker.js";
import { noResultsYet } from "../components/notice.js";
import { hasResults } from "../components/status.js";
import { h, text } from "../dom.js";
import { counted, percent } from "../format.js";
import { coalesced } from "../live.js";
import { encodeForApi, encodeForFigure } from "../view.js";
import { datasetOf } from "./panel.js";

/** @import { Column, Histogram } from "../../types/api.js" */
/** @typedef {import("../view.js").View} View */

const TRAJECTORIES_SHOWN = 12;
const WIDE = matchMedia("(min-width: 68rem)"); // below, the column stacks and a long figure would hide the gallery
const NO_RANGE = { memorization_gte: null, memorization_lte: null };

/** @type {import("./panel.js").MakePanel} */
export function explore({ experiment, study, store }, signal) {
  const { id, classes, size_name, relabels } = experiment();
  const size = () => experiment().sizes.find((known) => known === store.get().size) ?? null;
  /** A size of the link that has no scores (yet) counts as none. @returns {View} */
  const view = () => ({ ...store.get(), size: size() });
  const histogram = figurePanel(id, figureInfo(study, "histogram"), signal);
  const trajectories = figurePanel(id, figureInfo(study, "trajectories"), signal);
  const picker = sizePicker(size_name, null, (size) => store.set({ size }));
  const range = rangeInputs((from, to) => store.set({ memorization_gte: from, memorization_lte: to }));
  const bars = histogramControls(store, relabels);
  const facts = h("p", { class: "histogram-facts", "aria-live": "polite" });
  const caution = h("p", { class: "caution", hidden: true });
  const controls = filters(store, classes, relabels);
  const further = columnFilter(store);
  const cards = gallery(
    { id, view, sizes: () => experiment().sizes, columns: () => columns, pictures: createPictures(datasetOf(experiment())) },
    {
      shown: (rows) => loadTrajectories(rows.slice(0, TRAJECTORIES_SHOWN).map((row) => row.index)),
      clear: controls.clear,
    },
    signal,
  );
  const brushed = brush(
    histogram.plot,
    ([low, high], first) => store.set({ memorization_gte: low, memorization_lte: upper(high) }, { history: first ? "push" : "replace" }),
    signal,
  );
  const lines = h("details", { class: "trajectories", open: WIDE.matches }, h("summary", {}, "Trajectories of the first examples shown"), trajectories.element);
  /** @type {readonly Column[]} */
  let columns = [];
  let described = -1;
  let binned = "";
  let drawn = "";

  /** @param {number[]} shown */
  const loadTrajectories = async (shown) => {
    const query = encodeForApi({ ...view(), ...NO_RANGE }, { example: shown });
    const state = `${query} ${experiment().version}`;
    lines.hidden = shown.length === 0;
    if (state === drawn || shown.length === 0) return;
    drawn = state;
    await trajectories.load(query);
  };

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
      bars.count(counts);
      text(facts, describe(counts));
      caution.hidden = counts.caution === null;
      text(caution, counts.caution ?? "");
    } catch (error) {
      // Without scores the figure says so itself.
      if (!aborted(error)) binned = "";
    }
  };

  const showControls = () => {
    const { memorization_gte: low, memorization_lte: high } = store.get();
    const { sizes } = experiment();
    picker.update(sizes, size() ?? sizes.at(-1) ?? null);
    range.update(low, high);
    bars.update();
    controls.update(columns);
    further.update(columns);
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

  const loadAll = async () => {
    await loadColumns();
    showControls();
    for (const part of [bars.element, bars.ends, lines]) part.hidden = !hasResults(experiment());
    if (hasResults(experiment())) await Promise.all([loadHistogram(), cards.load()]);
    else {
      histogram.wait(experiment());
      cards.wait(noResultsYet(experiment(), "The first pictures appear with the first scores."));
    }
  };
  const load = coalesced(loadAll);

  return {
    element: h(
      "div",
      { class: "explore" },
      h("div", { class: "explore-side" }, picker.element, bars.element, histogram.element, bars.ends, facts, caution, range.element, lines),
      h("div", { class: "explore-main" }, controls.element, further.element, cards.element),
    ),
    start: loadAll,
    view: load,
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
