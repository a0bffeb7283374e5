/** Rows of a list that comes in pages: what the query asks for, and more of it on request. */

import { aborted, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { notice } from "./notice.js";

/**
 * @template Row
 * @template {{ items: Row[], next?: string | null }} Answer
 * @typedef {object} Source
 * @property {() => string} query without the cursor
 * @property {(query: string, signal: AbortSignal) => Promise<Answer>} ask
 * @property {(items: Row[]) => Row[]} arrange all rows that have come
 * @property {(item: Row) => HTMLElement} row
 * @property {(answer: Answer) => string} count
 * @property {(answer: Answer) => HTMLElement} nothing what an empty list means
 */

/**
 * @template Row
 * @template Answer
 * @typedef {{ element: HTMLElement, load: (version: string) => Promise<void> }} PagedList `load` asks again if the query or the version has changed
 */

/**
 * @template Row
 * @template {{ items: Row[], next?: string | null }} Answer
 * @param {Source<Row, Answer>} source
 * @param {AbortSignal} signal
 * @returns {PagedList<Row, Answer>}
 */
export function pagedList({ query, ask, arrange, row, count, nothing }, signal) {
  const total = h("p", { "aria-live": "polite" });
  const list = h("ul", { class: "helping-rows" });
  const state = h("div", {});
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => show(next) }, "Show more");
  const element = h("div", { class: "paged-list", "data-ready": "false" }, total, state, list, h("p", {}, more));
  /** @type {Row[]} */
  let rows = [];
  /** @type {string | null} */
  let next = null;
  let asked = "";
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  /** @param {string | null} after */
  const show = async (after) => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    element.dataset.ready = "false";
    try {
      const answer = await ask(`?${query()}${after ? `&after=${encodeURIComponent(after)}` : ""}`, current);
      rows = arrange(after ? [...rows, ...answer.items] : answer.items);
      next = answer.next ?? null;
      more.hidden = next === null;
      text(total, rows.length > 0 ? count(answer) : "");
      replace(list, ...rows.map(row));
      replace(state, rows.length === 0 && nothing(answer));
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      asked = "";
      element.dataset.ready = "failed";
      const retry = h("button", { type: "button", class: "button", onclick: () => show(after) }, "Try again");
      replace(state, notice({ title: "The pairs could not be loaded", detail: reason(error), kind: "failed" }, retry));
    }
  };

  return {
    element,
    async load(version) {
      const wanted = `${query()} ${version}`;
      if (wanted === asked) return;
      asked = wanted;
      await show(null);
    },
  };
}
