/** The exported page: unpacks the data, then keeps all views in step with the address's hash. */

import { upper } from "../js/components/brush.js";
import { fewModels } from "../js/components/few-models.js";
import { filters } from "../js/components/filters.js";
import { labelsFrom } from "../js/components/order-mark.js";
import { sizePicker } from "../js/components/size-picker.js";
import { h, replace } from "../js/dom.js";
import { bytes, count, counted, moment, sentence } from "../js/format.js";
import { icon } from "../js/icons.js";
import { save } from "../js/save.js";
import { hashStore } from "./address.js";
import { histogram, kept, ordered, selected } from "./crossfilter.js";
import { scoresCsv } from "./csv.js";
import { unpack } from "./data.js";
import { pictureGallery } from "./gallery.js";
import { scoreHistogram } from "./histogram.js";
import { averages, claims, learningCurves, provenance } from "./report.js";
import { trajectories } from "./trajectories.js";

/** @import { Facts, Gallery, Table } from "./data.js" */

/**
 * @param {Facts} facts
 * @param {Table} table
 * @param {Gallery} gallery
 */
function page(facts, table, gallery) {
  const { experiment, sizes } = facts;
  const scored = experiment.sizes;
  const store = hashStore();
  const largest = scored.at(-1) ?? 0;
  const picker = sizePicker(experiment.size_name, null, (size) => store.set({ size }));
  const controls = filters(store, facts.classes, facts.experiment.relabels, { inFile: true });
  const scores = scoreHistogram({
    range: ([low, high]) => store.set({ memorization_gte: low, memorization_lte: upper(high) }, { history: scores.dragging() ? "replace" : "push" }),
    end: (score) => store.set({ memorization_gte: score, memorization_lte: score }),
  });
  const log = h("input", { type: "checkbox", onchange: () => store.set({ scale: log.checked ? "log" : "linear" }) });
  const cards = pictureGallery(facts, table, gallery);
  const courses = trajectories(facts, table);
  const learning = learningCurves(facts);
  /** @type {Map<string, Int32Array>} */
  const orders = new Map();

  /**
   * @param {number} size
   * @param {string} sort
   */
  const order = (size, sort) => {
    const key = `${size} ${sort}`;
    const found = orders.get(key) ?? ordered(table, size, sort);
    orders.set(key, found);
    return found;
  };

  const show = () => {
    const view = store.get();
    const chosen = scored.find((known) => known === view.size) ?? largest;
    const size = sizes.indexOf(chosen);
    const [low, high] = [view.memorization_gte, view.memorization_lte];
    const values = table.memorization[size] ?? new Float64Array();
    const edges = facts.edges[size] ?? [];
    const keep = kept(table, facts, size, view);
    const rows = selected(order(size, view.sort), keep, values, low, high);
    picker.update(scored, chosen);
    controls.update();
    log.checked = view.scale === "log";
    const counts = facts.summary?.histograms[size] ?? histogram(values, table.flipped, keep, edges);
    scores.show(counts, edges, low === null && high === null ? null : [low ?? -1, high ?? 1], log.checked, fewModels(experiment));
    cards.show(size, rows);
    const pictured = rows.filter((row) => (table.picture[row] ?? -1) >= 0);
    courses.show(facts.summary?.trajectories ?? facts.trajectories.map((_type, at) => tally(table.trajectory, keep, at)), pictured.length > 0 ? pictured : rows);
    learning.show(chosen);
  };

  store.subscribe(soon(show));
  addEventListener("popstate", () => store.restore());
  replace(
    /** @type {HTMLElement} */ (document.getElementById("page")),
    header(facts, () => save(scoresCsv(facts, table), "text/csv", `memoscope-${experiment.id}-scores.csv`)),
    h("p", { class: "export-note" }, contents(facts, table, gallery)),
    h(
      "div",
      { class: "explore" },
      h("div", { class: "explore-side" }, picker.element, scores.element, experiment.caution && h("p", { class: "caution" }, experiment.caution), h("label", { class: "check" }, log, "Logarithmic counts")),
      h("div", { class: "explore-main" }, controls.element, controls.chips, cards.element),
    ),
    h("h2", {}, "Over model size"),
    courses.element,
    h("div", { class: "export-figures" }, averages(facts), learning.element),
    claims(facts),
    provenance(facts),
  );
  show();
}

/**
 * @param {Facts} facts
 * @param {() => void} download
 */
function header({ experiment, dataset, exported_at }, download) {
  const parts = [dataset.title, counted(experiment.progress.models_done, "model")];
  const unfinished = experiment.status === "done" ? [] : [`${sentence(experiment.status)}: numbers of ${moment(exported_at)}`];
  return h(
    "header",
    { class: "experiment-header" },
    h("p", { class: "crumb" }, `Exported from Memoscope, ${moment(exported_at)}`),
    h("h1", {}, experiment.title),
    h("p", { class: "header-facts" }, [...parts, ...unfinished].join(" · "), experiment.label_file && " · ", ...labelsFrom(experiment.label_file)),
    experiment.deviations.length > 0
      ? h("details", { class: "setting" }, h("summary", {}, `Numbers: ${experiment.setting}`), h("ul", { class: "deviations" }, ...experiment.deviations.map((item) => h("li", {}, item))))
      : h("p", { class: "header-facts" }, `Numbers: ${experiment.setting}`),
    h("div", { class: "actions-line" }, h("button", { type: "button", class: "button", onclick: download }, icon("download"), "Scores as CSV")),
  );
}

/**
 * Say what the file holds and what it had to leave out.
 * @param {Facts} facts
 * @param {Table} table
 * @param {Gallery} gallery
 */
function contents({ n, sizes, budget, summary, table_bytes: tableBytes }, table, { perEnd, count: pictured, reduction }) {
  const room = `the ${bytes(budget)} that this file may have`;
  const ends = `the ${count(perEnd)} most and ${count(perEnd)} least memorized of ${counted(n, "example")} at each size`;
  const scaled = reduction > 1 ? ` Pictures are scaled down by ${reduction}.` : "";
  if (summary) {
    return `The counts of all ${counted(n, "example")} at ${counted(sizes.length, "size")} take ${bytes(tableBytes)}, more than fits into ${room}. It has the scores and pictures of ${ends}; the histogram, the shares of types and the averages count all.${scaled}`;
  }
  const all = `All ${counted(table.length, "example")} at ${counted(sizes.length, "size")} are in the data.`;
  if (pictured === n) return `${all} So are all their pictures.${scaled}`;
  if (pictured === 0) return `${all} No picture fits beside them into ${room}.`;
  return `${all} Pictures are those of ${ends}, as many as fit into ${room}.${scaled}`;
}

/**
 * @param {ArrayLike<number>} values
 * @param {Uint8Array} keep
 * @param {number} wanted
 */
function tally(values, keep, wanted) {
  return keep.reduce((sum, kept, row) => sum + (kept && values[row] === wanted ? 1 : 0), 0);
}

/**
 * Draw at most once a frame.
 * @param {() => void} draw
 */
function soon(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

/** @param {string} id */
const json = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "");

const facts = /** @type {Facts} */ (json("facts"));
unpack(facts, json("data")).then(
  ({ table, gallery }) => page(facts, table, gallery),
  (error) => replace(/** @type {HTMLElement} */ (document.getElementById("page")), h("h1", {}, facts.experiment.title), h("p", { class: "card-error", role: "alert" }, `This file is damaged, or this browser is too old for it: ${error.message}`)),
);
