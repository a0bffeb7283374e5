/** The examples that a view leaves, as a grid of cards that grows while one scrolls. */

import { aborted, api } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { counted } from "../format.js";
import { exampleHref } from "../place.js";
import { recalled, remember } from "../router.js";
import { encode, encodeForApi } from "../view.js";
import { exampleCard } from "./example-card.js";
import { galleryKeys } from "./gallery-keys.js";
import { noScoresYet, notice } from "./notice.js";

/** @import { Experiment, Score } from "../../types/api.js" */

const PAGE = 60;
const LARGEST_PAGE = 200;

/**
 * @typedef {object} Gallery
 * @property {HTMLElement} element
 * @property {() => Promise<void>} load fetch what the view asks for; the old cards stay until then
 * @property {(experiment: Experiment) => void} wait say that there are no scores yet
 */

/**
 * @typedef {object} Source
 * @property {string} id of the experiment
 * @property {() => import("../view.js").View} view
 * @property {() => number[]} sizes with scores
 * @property {import("./pictures.js").Pictures} pictures
 */

/**
 * @param {Source} source
 * @param {{ shown: (rows: Score[]) => void, clear: HTMLElement }} parts `clear` is the button that drops all filters
 * @param {AbortSignal} signal
 * @returns {Gallery}
 */
export function gallery({ id, view, sizes, pictures }, { shown, clear }, signal) {
  const grid = h("ul", { class: "gallery-grid" });
  const total = h("p", { class: "gallery-total", "aria-live": "polite" });
  const state = h("div", { class: "gallery-state" });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => grow() }, "Load more");
  const end = h("span", { class: "quiet", hidden: true });
  const element = h(
    "section",
    { class: "gallery", "aria-label": "Examples", "data-ready": "false" },
    h("div", { class: "gallery-head" }, total, clear),
    state,
    grid,
    h("p", { class: "gallery-more" }, more, end),
  );
  const card = exampleCard((index) => exampleHref(id, index, encode({ ...view(), tab: "overview" })), pictures, {
    sort: () => view().sort.replace("-", ""),
    sizes,
  });
  /** @type {Score[]} */
  let rows = [];
  /** @type {string | null | undefined} */
  let next = null;
  let query = "";
  let wanted = Math.max(PAGE, recalled("rows"));
  let growing = false;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  const render = async () => {
    await pictures.load(rows.map((row) => row.picture));
    if (signal.aborted) return;
    keyed(grid, rows, (row) => String(row.index), card);
    more.hidden = !next;
    end.hidden = Boolean(next) || rows.length === 0;
    text(end, `That is all: ${counted(rows.length, "example")}.`);
    element.dataset.count = String(rows.length);
    remember({ rows: rows.length });
    shown(rows);
  };

  /**
   * @param {number} count
   * @param {AbortSignal} current
   */
  const fetchRows = async (count, current) => {
    /** @type {Score[]} */
    const found = [];
    /** @type {string | null | undefined} */
    let after = null;
    let all = 0;
    do {
      const limit = Math.min(LARGEST_PAGE, count - found.length);
      const page = await api.examples(id, encodeForApi(view(), { limit, after }), current);
      found.push(...page.items);
      after = page.next;
      all = page.total;
    } while (after && found.length < count);
    return { found, after, all };
  };

  const load = async () => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    const asked = encodeForApi(view());
    if (query && asked !== query) wanted = PAGE;
    query = asked;
    element.dataset.ready = "false";
    grid.setAttribute("aria-busy", "true");
    try {
      const { found, after, all } = await fetchRows(wanted, current);
      rows = found;
      next = after;
      replace(total, h("b", {}, counted(all, "example")), all > 0 ? " in this view" : "");
      element.dataset.total = String(all);
      replace(state, all === 0 && nothing());
      await render();
      if (current.aborted) return;
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      element.dataset.ready = "failed";
      rows = [];
      grid.replaceChildren();
      total.replaceChildren();
      more.hidden = true;
      end.hidden = true;
      grid.removeAttribute("aria-busy");
      const detail = error instanceof Error ? error.message : String(error);
      const retry = h("button", { type: "button", class: "button", onclick: load }, "Try again");
      replace(state, notice({ title: "The examples could not be loaded", detail, kind: "failed" }, retry));
    }
    grid.removeAttribute("aria-busy");
  };

  const grow = async () => {
    if (growing || !next || element.dataset.ready !== "true") return;
    growing = true;
    const { signal: current } = request;
    try {
      const page = await api.examples(id, encodeForApi(view(), { limit: PAGE, after: next }), current);
      rows = [...rows, ...page.items];
      next = page.next;
      wanted = rows.length;
      await render();
    } catch (error) {
      // New scores may have made the cursor stale: begin again with as many rows.
      if (!aborted(error)) await load();
    } finally {
      growing = false;
    }
  };

  const near = new IntersectionObserver(([entry]) => entry?.isIntersecting && grow(), { rootMargin: "600px" });
  near.observe(more);
  galleryKeys(grid, signal);
  signal.addEventListener("abort", () => near.disconnect());
  /** @param {Experiment} experiment */
  const wait = (experiment) => {
    element.dataset.ready = "empty";
    replace(state, noScoresYet(experiment, "The first pictures appear with the first scores."));
  };
  return { element, load, wait };
}

function nothing() {
  return notice({ title: "Nothing here", detail: "No example has a score in this range with these labels and verdicts." });
}
