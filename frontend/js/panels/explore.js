/** Explore: brush a range of the histogram, see the pictures behind it, and how they fare over model size. */

import { aborted, api, reason } from "../api.js";
import { brush, upper } from "../components/brush.js";
import { cardsMenu } from "../components/cards-menu.js";
import { fewModels } from "../components/few-models.js";
import { figurePanel } from "../components/figure.js";
import { exampleDetail } from "../components/example-detail.js";
import { filters } from "../components/filters.js";
import { gallery } from "../components/gallery.js";
import { galleryMarks } from "../components/gallery-marks.js";
import { histogramControls } from "../components/histogram-controls.js";
import { createPictures } from "../components/pictures.js";
import { labelMatrix } from "../components/label-matrix.js";
import { sidePanel } from "../components/side-panel.js";
import { sizeScrubber } from "../components/size-scrubber.js";
import { noResultsYet, notice } from "../components/notice.js";
import { hasResults } from "../components/status.js";
import { h, text } from "../dom.js";
import { counted, percent } from "../format.js";
import { coalesced } from "../live.js";
import { exampleHref, shareToken } from "../place.js";
import { runs } from "../runs.js";
import { aligned } from "../size-frames.js";
import { encode, encodeForApi, encodeForFigure } from "../view.js";
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
  const matrix = labelMatrix(id, figureInfo(study, "answers"), (label, answer) => store.set({ label: [label], answer: [answer] }), signal);
  const facts = h("p", { class: "histogram-facts", "aria-live": "polite" });
  const caution = h("p", { class: "caution", hidden: true });
  const chosen = filters(store, classes, relabels);
  const head = h("div", { class: "gallery-tools" }, chosen.element);
  const cards = gallery(
    {
      id,
      view,
      sizes: () => experiment().sizes,
      columns: () => columns,
      pictures: createPictures(datasetOf(experiment())),
      open: (index) => store.set({ open: index }, { history: store.get().open === null ? "push" : "replace" }),
      shown() {},
    },
    [head, chosen.chips],
    signal,
  );
  const details = sidePanel({ turn: (step) => cards.turn(step), close: () => store.set({ open: null }) }, signal);
  const look = cardsMenu(store, cards.grid, signal);
  const remarked = () => {
    listed = "";
    if (store.get().mark.length > 0) binned = "";
    load();
  };
  const marks = shareToken ? null : galleryMarks({ dataset: datasetOf(experiment()), grid: cards.grid, row: cards.row, changed: remarked }, signal);
  head.append(look.element);
  if (marks) {
    look.sheet.append(marks.toggle);
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
  /** The view whose sizes are drawn, without its size. */
  let sized = "";
  /** The drawings of all its sizes, once a second one was asked for. @type {Promise<PlotlyFigure[]> | null} */
  let frames = null;
  let matrixed = "";
  let listed = "";
  let detailed = "";
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /** What the histogram shows: what the other filters leave, so that the brush always has its surroundings. */
  const binnedView = () => ({ ...view(), ...NO_RANGE, sort: "-memorization" });

  /** Draw one size; from its second one on all sizes share their axes, and bars move from one to the next. */
  const drawHistogram = async () => {
    const shown = binnedView();
    const state = `${encodeForFigure({ ...shown, size: null })} ${experiment().version}`;
    const { sizes } = experiment();
    const chosen = sizes.indexOf(shown.size ?? sizes.at(-1) ?? 0);
    if (state !== sized) {
      sized = state;
      frames = null;
      return histogram.load(encodeForFigure(shown));
    }
    frames ??= Promise.all(sizes.map((size) => api.figure(id, "histogram", encodeForFigure({ ...shown, size }), signal))).then(aligned);
    const figure = (await frames)[chosen];
    if (figure && state === sized) await histogram.move(figure);
  };

  const loadHistogram = async () => {
    const shown = binnedView();
    const state = `${encodeForFigure(shown)} ${experiment().version}`;
    if (state === binned || !hasResults(experiment())) return;
    binned = state;
    try {
      const [counts] = await Promise.all([api.histogram(id, encodeForApi(shown, { bins: shown.bins }), signal), drawHistogram()]);
      brushed.setEdges(counts.edges);
      text(facts, describe(counts, fewModels(experiment())));
      element.classList.toggle("is-few", counts.few_models !== null);
      text(caution, counts.caution ?? "");
    } catch (error) {
      // Without scores the figure says so itself.
      frames = null;
      if (!aborted(error)) binned = "";
    }
  };

  const loadMatrix = async () => {
    const shown = view();
    matrix.element.hidden = !shown.matrix;
    const query = encodeForApi({ ...shown, label: [], answer: [], sort: "-memorization" });
    const state = `${query} ${experiment().version}`;
    if (!shown.matrix || state === matrixed) return;
    matrixed = state;
    await matrix.load(query);
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

  const loadDetails = async () => {
    const { open, size: chosen } = view();
    const query = encodeForApi(view());
    const state = `${open} ${query} ${experiment().version}`;
    if (state === detailed) return;
    detailed = state;
    request.abort();
    request = new AbortController();
    if (open === null) return details.hide();
    try {
      const example = await api.example(id, String(open), query, request.signal);
      if (example.split === "test") return details.hide(); // of these there is no score, and no card
      const whole = h("a", { class: "button", href: exampleHref(id, open, encode({ ...store.get(), tab: "overview", open: null })) }, "Whole page");
      details.show(example, [whole], exampleDetail(example, chosen, experiment()));
    } catch (error) {
      if (aborted(error)) return;
      detailed = "";
      details.show({ position: null, total: 0 }, [], [notice({ title: "This example could not be loaded", detail: reason(error), kind: "failed" })]);
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
      await Promise.all([loadHistogram(), loadCards(), loadDetails(), loadMatrix()]);
    } else {
      histogram.wait(experiment());
      cards.wait(noResultsYet(experiment(), "The first pictures appear with the first scores."));
    }
  };
  const load = coalesced(loadAll);

  const element = h(
    "div",
    { class: "explore" },
    h("div", { class: "explore-side" }, histogram.element, facts, caution, details.element, matrix.element),
    h("div", { class: "explore-main" }, cards.element),
  );
  return {
    element,
    start: loadAll,
    view() {
      showControls(); // at once: what is loaded comes when it comes
      cards.mark();
      loadDetails();
      drawing = loadHistogram();
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

/**
 * @param {Histogram} histogram
 * @param {string} few of how few models, in words
 */
function describe({ n, undefined: missing, below_01: low, above_09: high, step }, few) {
  const parts = [...(few ? [few] : []), counted(n, "score")];
  if (step !== null) parts.push(`they move in steps of 1/${Math.round(1 / step)}`);
  if (low !== null && high !== null) parts.push(`${percent(low)} below 0.1`, `${percent(high)} above 0.9`);
  if (missing > 0) parts.push(`${counted(missing, "example")} without a score yet`);
  return parts.join(" · ");
}
