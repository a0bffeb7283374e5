/** Cards of a keyset-paged list, as a grid that grows while one scrolls; the query says what is listed. */

import { aborted, reason } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { counted } from "../format.js";
import { recalled, remember } from "../router.js";
import { notice } from "./notice.js";
import { openedCard } from "./opened.js";

const PAGE = 40;
const LARGEST_PAGE = 200;
const FARTHEST = 2000; // rows that are loaded to reach the open one

/** @typedef {import("../dom.js").Child} Child */

/**
 * @template {{ picture: number }} Row
 * @typedef {object} List
 * @property {() => string} query what is listed now, as a query string without limit and cursor
 * @property {(query: string, signal: AbortSignal) => Promise<{ items: Row[], next?: string | null, total: number }>} ask
 * @property {(row: Row) => string} key
 * @property {(row: Row) => import("../dom.js").Component<Row>} card
 * @property {import("./pictures.js").Pictures} pictures
 * @property {string} nothing what an empty list means
 * @property {() => string | null} open key of the row whose details are shown
 * @property {(key: string) => void} setOpen
 * @property {() => void} shown called when the cards have changed
 */

/**
 * @template Row
 * @typedef {object} CardGrid
 * @property {HTMLElement} element
 * @property {HTMLElement} grid its list of cards
 * @property {() => void} mark mark the card that is open now
 * @property {(step: 1 | -1) => void} turn open the next card or the one before
 * @property {() => { row: Row, position: number, total: number } | null} opened the open row, if it is on the page
 * @property {() => Promise<void>} load fetch what the query asks for; the old cards stay until then
 * @property {(...reason: Child[]) => void} wait say why there is nothing to list yet
 */

/**
 * @template {{ picture: number }} Row
 * @param {List<Row>} list
 * @param {{ class?: string, head?: HTMLElement[] }} parts `head` stands beside the total
 * @param {AbortSignal} signal
 * @returns {CardGrid<Row>}
 */
export function cardGrid(list, parts, signal) {
  const grid = h("ul", { class: `gallery-grid ${parts.class ?? ""}` });
  const total = h("p", { class: "gallery-total", "aria-live": "polite" });
  const state = h("div", { class: "gallery-state" });
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => grow() }, "Load more");
  const end = h("span", { class: "quiet", hidden: true });
  const element = h(
    "section",
    { class: "gallery", "aria-label": "Examples", "data-ready": "false" },
    h("div", { class: "gallery-head" }, total, ...(parts.head ?? [])),
    state,
    grid,
    h("p", { class: "gallery-more" }, more, end),
  );
  /** @type {Row[]} */
  let rows = [];
  /** @type {string | null | undefined} */
  let next = null;
  let query = "";
  let wanted = Math.max(PAGE, recalled("rows"));
  let arrived = false; // the place is where the open card is: how many pixels down that was changes with the window
  let growing = false;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /**
   * @param {number} limit
   * @param {string | null | undefined} after
   * @param {AbortSignal} current
   */
  const fetchPage = (limit, after, current) => {
    const asked = new URLSearchParams(query);
    asked.append("limit", String(Math.min(LARGEST_PAGE, limit)));
    if (after) asked.append("after", after);
    return list.ask(`?${asked}`, current);
  };

  const render = async () => {
    await list.pictures.load(rows.map((row) => row.picture));
    if (signal.aborted) return;
    keyed(grid, rows, list.key, list.card);
    more.hidden = !next;
    near.unobserve(more); // else it would not tell again of a button that is still near
    near.observe(more);
    end.hidden = Boolean(next) || rows.length === 0;
    text(end, `That is all: ${counted(rows.length, "example")}.`);
    element.dataset.count = String(rows.length);
    remember({ rows: rows.length });
    opened.mark();
    list.shown();
    if (!arrived && list.open() !== null) opened.reveal();
    arrived = true;
  };

  const isOpen = (/** @type {Row} */ row) => list.key(row) === list.open();

  /** Whether the open row is still to come. @param {Row[]} found */
  const sought = (found) => !arrived && list.open() !== null && found.length < FARTHEST && !found.some(isOpen);

  /** @param {AbortSignal} current */
  const fetchAll = async (current) => {
    /** @type {Row[]} */
    const found = [];
    let page;
    do {
      page = await fetchPage(found.length < wanted ? wanted - found.length : LARGEST_PAGE, page?.next, current);
      found.push(...page.items);
    } while (page.next && (found.length < wanted || sought(found)));
    rows = found;
    next = page.next;
    replace(total, h("b", {}, counted(page.total, "example")));
    element.dataset.total = String(page.total);
    replace(state, page.total === 0 && notice({ title: "Nothing here", detail: list.nothing }));
  };

  const load = async () => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    const asked = list.query();
    if (query && asked !== query) wanted = PAGE;
    query = asked;
    element.dataset.ready = "false";
    grid.setAttribute("aria-busy", "true");
    try {
      await fetchAll(current);
      await render();
      if (current.aborted) return;
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      fail(error);
    }
    grid.removeAttribute("aria-busy");
  };

  /** @param {unknown} error */
  const fail = (error) => {
    element.dataset.ready = "failed";
    rows = [];
    grid.replaceChildren();
    total.replaceChildren();
    more.hidden = true;
    end.hidden = true;
    const retry = h("button", { type: "button", class: "button", onclick: load }, "Try again");
    replace(state, notice({ title: "The examples could not be loaded", detail: reason(error), kind: "failed" }, retry));
  };

  const grow = async () => {
    if (growing || !next || element.dataset.ready !== "true") return;
    growing = true;
    try {
      const page = await fetchPage(PAGE, next, request.signal);
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
  const opened = openedCard(grid, { key: list.open, open: list.setOpen }, signal);
  signal.addEventListener("abort", () => near.disconnect());
  return {
    element,
    grid,
    load,
    mark: opened.mark,
    turn: opened.turn,
    opened() {
      const place = rows.findIndex(isOpen);
      const row = rows[place];
      return row ? { row, position: place + 1, total: Number(element.dataset.total) } : null;
    },
    wait(...reason) {
      element.dataset.ready = "empty";
      replace(state, ...reason);
    },
  };
}
