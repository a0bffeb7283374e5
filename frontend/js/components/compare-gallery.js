/** The examples that a comparison's view leaves, as a grid of cards that grows while one scrolls. */

import { aborted, api, reason } from "../api.js";
import { compareCodec } from "../compare-view.js";
import { h, keyed, replace, text } from "../dom.js";
import { counted } from "../format.js";
import { recalled, remember } from "../router.js";
import { compareCard } from "./compare-card.js";
import { galleryKeys } from "./gallery-keys.js";
import { notice } from "./notice.js";

/** @import { ComparedExample } from "../../types/api.js" */
/** @typedef {import("../compare-view.js").CompareView} CompareView */

const PAGE = 60;
const LARGEST_PAGE = 200;

/**
 * @param {() => CompareView} view with both experiments
 * @param {import("./pictures.js").Pictures} pictures
 * @param {(side: "a" | "b", row: ComparedExample) => string} href
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: () => Promise<void> }}
 */
export function compareGallery(view, pictures, href, signal) {
  const grid = h("ul", { class: "gallery-grid compare-grid" });
  const total = h("p", { class: "gallery-total", "aria-live": "polite" });
  const state = h("div", { class: "gallery-state" });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => grow() }, "Load more");
  const end = h("span", { class: "quiet", hidden: true });
  const element = h(
    "section",
    { class: "gallery", "aria-label": "Examples", "data-ready": "false" },
    h("div", { class: "gallery-head" }, total),
    state,
    grid,
    h("p", { class: "gallery-more" }, more, end),
  );
  const card = compareCard(href, pictures);
  /** @type {ComparedExample[]} */
  let rows = [];
  /** @type {string | null | undefined} */
  let next = null;
  let query = "";
  let wanted = Math.max(PAGE, recalled("rows"));
  let growing = false;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /**
   * @param {string | null | undefined} after
   * @param {number} limit
   */
  const fetchPage = (after, limit) => {
    const asked = new URLSearchParams(query);
    asked.append("limit", String(Math.min(LARGEST_PAGE, limit)));
    if (after) asked.append("after", after);
    return api.compared(`?${asked}`, request.signal);
  };

  const render = async () => {
    await pictures.load(rows.map((row) => row.picture));
    if (signal.aborted) return;
    const { a, b } = view(); // in other experiments a picture has other labels
    keyed(grid, rows, (row) => `${a} ${b} ${row.picture}`, card);
    more.hidden = !next;
    end.hidden = Boolean(next) || rows.length === 0;
    text(end, `That is all: ${counted(rows.length, "example")}.`);
    remember({ rows: rows.length });
  };

  const load = async () => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    const asked = compareCodec.encode(view());
    if (query && asked !== query) wanted = PAGE;
    query = asked;
    element.dataset.ready = "false";
    grid.setAttribute("aria-busy", "true");
    try {
      /** @type {ComparedExample[]} */
      const found = [];
      let page;
      do {
        page = await fetchPage(page?.next, wanted - found.length);
        found.push(...page.items);
      } while (page.next && found.length < wanted);
      rows = found;
      next = page.next;
      replace(total, h("b", {}, counted(page.total, "example")), page.total > 0 ? " in this view" : "");
      element.dataset.total = String(page.total);
      replace(state, page.total === 0 && notice({ title: "Nothing here", detail: "No example is in this range of scores with this label that moved this way." }));
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
      const retry = h("button", { type: "button", class: "button", onclick: load }, "Try again");
      replace(state, notice({ title: "The examples could not be loaded", detail: reason(error), kind: "failed" }, retry));
    }
    grid.removeAttribute("aria-busy");
  };

  const grow = async () => {
    if (growing || !next || element.dataset.ready !== "true") return;
    growing = true;
    try {
      const page = await fetchPage(next, PAGE);
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
  return { element, load };
}
