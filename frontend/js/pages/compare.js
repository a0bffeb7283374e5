/** Two sizes of an experiment, or two experiments on the same data, example by example. */

import { aborted, api, reason } from "../api.js";
import { compareBrush, EVERYTHING } from "../components/compare-brush.js";
import { compareDetail } from "../components/compare-detail.js";
import { compareFacts } from "../components/compare-facts.js";
import { compareFilters } from "../components/compare-filters.js";
import { compareGallery } from "../components/compare-gallery.js";
import { comparePicker } from "../components/compare-picker.js";
import { figurePanel } from "../components/figure.js";
import { notice } from "../components/notice.js";
import { createPictures } from "../components/pictures.js";
import { rangeInputs } from "../components/range-inputs.js";
import { sidePanel } from "../components/side-panel.js";
import { compareCodec, LIST_KEYS, PAIR_KEYS, swapped } from "../compare-view.js";
import { h, replace, text } from "../dom.js";
import { icon } from "../icons.js";
import { coalesced } from "../live.js";
import { exampleHref } from "../place.js";
import { storeOf } from "../store.js";
import { DEFAULT_VIEW, encode } from "../view.js";

/** @import { ComparedExample, Comparison, Experiment } from "../../types/api.js" */
/** @typedef {import("../compare-view.js").CompareView} CompareView */

const FIGURE = {
  name: "comparison",
  title: "Scores in B over those in A",
  description: "Above the dotted line memorization is higher in B, below it in A. Drag a rectangle to see the pictures in it; click to drop it.",
};
const NO_FILTERS = { ...EVERYTHING, label: [], moved: null };

/** @type {import("../router.js").PageLoader} */
export async function compare(_params, signal) {
  const store = storeOf(compareCodec);
  const { known, older } = await experimentsWithScores(store.get(), signal);

  /** The view with both sides named: without b, an experiment is compared with itself. @returns {CompareView} */
  const pair = () => ({ ...store.get(), b: store.get().b ?? store.get().a });
  const experiment = (/** @type {"a" | "b"} */ side) => known.find(({ id }) => id === pair()[side]) ?? null;
  /** @type {Comparison | null} */
  let comparison = null;
  /** @type {ReturnType<typeof contents> | null} */
  let parts = null;
  let shown = "";

  const pickers = {
    a: comparePicker("a", { experiment: (id) => choose(id), size: (size) => resize({ a_size: size }) }),
    b: comparePicker("b", { experiment: (id) => store.set({ b: id, b_size: null, ...NO_FILTERS }), size: (size) => resize({ b_size: size }) }),
  };
  /** Another b has to go if its data are others. @param {string} id */
  const choose = (id) => {
    const next = known.find((one) => one.id === id);
    const same = next && experiment("b")?.dataset_id === next.dataset_id && store.get().b !== store.get().a;
    store.set({ a: id, a_size: null, ...(!same && { b: id, b_size: null }), ...NO_FILTERS });
  };
  /** Names both sizes, so that the other side stays as it is. @param {Partial<CompareView>} patch */
  const resize = (patch) => store.set({ ...(comparison && { a_size: comparison.a.size, b_size: comparison.b.size }), ...patch });
  const swap = h(
    "button",
    { type: "button", class: "button", onclick: () => comparison && store.set(swapped(pair(), { a: comparison.a.size, b: comparison.b.size })) },
    icon("swap"),
    "Swap",
  );
  const warning = h("p", { class: "stale", role: "status", hidden: true });
  const body = h("div", { class: "compare-body" });
  const element = h(
    "div",
    { class: "page compare", "data-ready": "false" },
    h(
      "div",
      { class: "lead" },
      h("h1", { tabindex: -1 }, "Compare scores"),
      h("p", {}, "Two model sizes of one experiment, or two experiments on the same data set: which examples are memorized in one and not in the other."),
    ),
    h("div", { class: "compare-pickers" }, pickers.a.element, swap, pickers.b.element),
    older && h("p", { class: "quiet" }, "The lists offer the newest 100 experiments; the Compare button on its page opens an older one."),
    warning,
    body,
  );

  const showPickers = () => {
    const [a, b] = [experiment("a"), experiment("b")];
    pickers.a.update(known, a, comparison?.a.size ?? null);
    pickers.b.update(a ? known.filter(({ dataset_id }) => dataset_id === a.dataset_id) : [], b, comparison?.b.size ?? null);
    swap.disabled = comparison === null;
    const unknown = store.unknown();
    warning.hidden = unknown.length === 0;
    text(warning, `Parts of this link could not be read and were left out: ${unknown.join(", ")}.`);
  };

  const loadAll = async () => {
    const view = pair();
    const asked = compareCodec.encode(view, PAIR_KEYS);
    try {
      if (view.a === null) return empty();
      if (asked !== shown) {
        element.dataset.ready = "false";
        comparison = await api.comparison(asked, signal);
        showPickers();
        if (!parts || parts.dataset !== comparison.dataset_id) parts = contents(comparison, pair, store, signal);
        if (!parts.element.isConnected) replace(body, parts.element);
        shown = asked;
      }
      if (comparison) await parts?.update(comparison);
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error)) return;
      comparison = null;
      shown = "";
      showPickers();
      element.dataset.ready = "failed";
      replace(body, notice({ title: "These cannot be compared", detail: reason(error), kind: "failed" }));
    }
  };
  const load = coalesced(loadAll);

  const empty = () => {
    comparison = null;
    shown = "";
    element.dataset.ready = "empty";
    const detail =
      known.length > 0
        ? "Choose an experiment for A. It is first compared with itself, its smallest size with its largest; then choose other sizes, or another experiment for B."
        : "There is no experiment with scores yet. Run one, and compare its sizes here.";
    replace(body, notice({ title: "Nothing to compare yet", detail }));
  };

  store.subscribe(() => {
    showPickers();
    load();
  });
  showPickers();
  return { title: "Compare", element, start: loadAll, restore: store.restore };
}

/**
 * Figure, numbers and gallery of comparisons on one data set.
 * @param {Comparison} first
 * @param {() => CompareView} view
 * @param {import("../store.js").Store<CompareView>} store
 * @param {AbortSignal} signal
 */
function contents({ dataset_id }, view, store, signal) {
  const facts = compareFacts();
  const figure = figurePanel("memoscope", FIGURE, signal, { fetchFigure: api.comparisonFigure });
  const brushed = compareBrush(figure.plot, (rectangle, first) => store.set(rectangle, { history: first ? "push" : "replace" }), signal);
  const ranges = {
    a: rangeInputs((from, to) => store.set({ a_gte: from, a_lte: to }), { title: "Score in A" }),
    b: rangeInputs((from, to) => store.set({ b_gte: from, b_lte: to }), { title: "Score in B" }),
  };
  const filters = compareFilters((patch) => store.set(patch));
  /** @type {Comparison | null} */
  let current = null;

  /** @param {"a" | "b"} side @param {ComparedExample} row */
  const href = (side, row) => exampleHref(view()[side] ?? "", row[side].index, encode({ ...DEFAULT_VIEW, size: row[side].size, comparison: compareCodec.encode({ ...view(), open: row.picture }) }));
  const details = sidePanel({ turn: (step) => gallery.turn(step), close: () => store.set({ open: null }) }, signal);
  const showDetails = () => {
    const opened = view().open === null ? null : gallery.opened();
    if (!opened) return details.hide();
    const pages = (/** @type {const} */ (["a", "b"])).map((side) => h("a", { class: "button", href: href(side, opened.row) }, `Page in ${side.toUpperCase()}`));
    details.show(opened, pages, compareDetail(opened.row));
  };
  const open = (/** @type {number} */ picture) => store.set({ open: picture }, { history: store.get().open === null ? "push" : "replace" });
  const gallery = compareGallery(view, createPictures(dataset_id), href, { open, shown: showDetails }, signal);
  let drawn = "";
  let listed = "";

  return {
    dataset: dataset_id,
    element: h(
      "div",
      { class: "compare-parts" },
      facts.element,
      h(
        "div",
        { class: "explore" },
        h("div", { class: "explore-side" }, figure.element, ranges.a.element, ranges.b.element, details.element),
        h("div", { class: "explore-main" }, filters.element, gallery.element),
      ),
    ),
    /** @param {Comparison} comparison */
    async update(comparison) {
      const { a_gte, a_lte, b_gte, b_lte } = view();
      const asked = compareCodec.encode(view(), PAIR_KEYS);
      if (comparison !== current) facts.update(comparison, `/api/compare/scores.csv${compareCodec.encode(view(), PAIR_KEYS.filter((key) => key !== "rate"))}`);
      current = comparison;
      filters.update(view(), comparison);
      ranges.a.update(a_gte, a_lte);
      ranges.b.update(b_gte, b_lte);
      brushed.show({ a_gte, a_lte, b_gte, b_lte });
      const figureLoaded = asked === drawn ? null : figure.load(asked);
      drawn = asked;
      gallery.mark();
      showDetails();
      const list = compareCodec.encode(view(), LIST_KEYS);
      const galleryLoaded = list === listed ? null : gallery.load();
      listed = list;
      await Promise.all([figureLoaded, galleryLoaded]);
    },
  };
}

/**
 * The newest experiments that have scores, and those that the address names.
 * @param {CompareView} view
 * @param {AbortSignal} signal
 * @returns {Promise<{ known: Experiment[], older: boolean }>} `older` if there are more than those
 */
async function experimentsWithScores({ a, b }, signal) {
  const { items, next } = await api.recentExperiments(signal);
  const named = [...new Set([a, b])].filter((id) => id !== null && !items.some((one) => one.id === id));
  const older = await Promise.allSettled(named.map((id) => api.experiment(String(id), signal)));
  const found = older.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  return { known: [...items, ...found].filter(({ sizes }) => sizes.length > 0), older: Boolean(next) };
}
