/** The examples that rank most differently here and by published scores, in one direction. */

import { aborted, api, reason } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { percent, score } from "../format.js";
import { exampleCard } from "./example-card.js";
import { notice } from "./notice.js";
import { MEANINGS } from "./published-agreement.js";

/** @import { Disagreement, PublishedFile } from "../../types/api.js" */
/** @typedef {{ file: PublishedFile, size: number }} Compared */

const PAGE = 12;

/** @param {number} value */
const share = (value) => percent(value).replace(" ", "\u00a0");

/**
 * @param {object} options
 * @param {string} options.id of the experiment
 * @param {"rank_difference" | "-rank_difference"} options.sort
 * @param {string} options.title
 * @param {(index: number) => string} options.href
 * @param {() => number[]} options.sizes
 * @param {import("./pictures.js").Pictures} options.pictures
 * @param {AbortSignal} signal
 */
export function publishedGallery({ id, sort, title, href, sizes, pictures }, signal) {
  const grid = h("ul", { class: "gallery-grid" });
  const state = h("div", {});
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => grow() }, "Show more");
  const heading = `disagreement${sort}`;
  const element = h(
    "section",
    { class: "gallery", "aria-labelledby": heading, "data-ready": "false" },
    h("h2", { id: heading }, title),
    state,
    grid,
    h("p", { class: "gallery-more" }, more),
  );
  const plain = exampleCard(href, pictures, { sort: () => "", sizes });
  /** @type {Compared | null} */
  let compared = null;
  /** @type {Disagreement[]} */
  let rows = [];
  /** @type {string | null | undefined} */
  let next = null;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /** @type {(row: Disagreement) => import("../dom.js").Component<Disagreement>} */
  const card = (row) => {
    const base = plain(row);
    const theirs = h("b", {});
    const ranks = h("span", {});
    const name = MEANINGS[compared?.file.meaning ?? "memorization"].short;
    base.element.append(h("p", { class: "example-published" }, `${name} `, theirs), h("p", { class: "example-published" }, ranks));
    return {
      element: base.element,
      update(next) {
        base.update(next);
        text(theirs, score(next.published));
        text(ranks, `ranks above ${share(next.rank)} here, ${share(next.published_rank)} there`);
      },
    };
  };

  /** @param {string | null} after @param {AbortSignal} current */
  const fetchRows = async (after, current) => {
    if (!compared) return;
    const query = new URLSearchParams({ sort, size: String(compared.size), limit: String(PAGE), ...(after && { after }) });
    const page = await api.disagreements(id, compared.file.name, `?${query}`, current);
    rows = after ? [...rows, ...page.items] : page.items;
    next = page.next;
    await pictures.load(rows.map((row) => row.picture));
    if (current.aborted) return;
    state.replaceChildren();
    keyed(grid, rows, ({ index }) => `${compared?.file.name} ${index}`, card);
    more.hidden = !next;
    element.dataset.count = String(rows.length);
    element.dataset.ready = "true";
  };

  /** @param {string | null} after */
  const show = async (after) => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    element.dataset.ready = "false";
    try {
      await fetchRows(after, current);
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      element.dataset.ready = "failed";
      const retry = h("button", { type: "button", class: "button", onclick: () => show(null) }, "Try again");
      replace(state, notice({ title: "The examples could not be loaded", detail: reason(error), kind: "failed" }, retry));
    }
  };

  const grow = () => show(next ?? null);

  return {
    element,
    /** @param {Compared} chosen */
    load(chosen) {
      compared = chosen;
      return show(null);
    },
  };
}
