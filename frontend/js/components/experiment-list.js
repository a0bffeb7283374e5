/** Experiments, the newest first, as cards that follow what happens to them; older ones come on demand. */

import { aborted, api, reason } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { poll } from "../live.js";
import { experimentCard } from "./experiment-card.js";
import { isLive } from "./status.js";

/** @import { Experiment, Page } from "../../types/api.js" */

const BUSY_MS = 2000;
const IDLE_MS = 10000;

/**
 * @typedef {Record<string, string | string[]>} Wanted which experiments, in the words of the API; all without
 * @param {Page<Experiment>} first the first page of the list
 * @param {{ wanted: () => Wanted, nothing: () => import("../dom.js").Child }} options what the list is about; what
 *   stands in the place of an empty one
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, start: () => void, renew: () => Promise<void> }} `renew` begins anew with what is wanted now
 */
export function experimentList(first, { wanted, nothing }, signal) {
  const grid = h("ul", { class: "experiment-grid" });
  const empty = h("div", {});
  const trouble = h("p", { class: "stale", role: "status", hidden: true });
  const older = h("button", { type: "button", class: "button", onclick: () => attempt(showOlder) }, "Show older experiments");
  /** @type {Experiment[]} */
  let tail = [];
  let newest = first.items;
  let next = first.next;

  const render = () => {
    const seen = new Set(newest.map(({ id }) => id));
    const all = [...newest, ...tail.filter(({ id }) => !seen.has(id))];
    keyed(grid, all, ({ id }) => id, experimentCard);
    grid.dataset.ready = "true";
    grid.dataset.count = String(all.length);
    replace(empty, all.length === 0 && nothing());
    older.hidden = !next;
  };

  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    try {
      await work();
      trouble.hidden = true;
      render();
    } catch (error) {
      if (aborted(error)) return;
      trouble.hidden = false;
      text(trouble, `The list is not up to date: ${reason(error)}`);
    }
  };

  let latest = 0;

  const refresh = async () => {
    const of = latest;
    const page = await api.experiments(wanted(), signal);
    if (of !== latest) return; // something else is wanted by now
    const ids = new Set(page.items.map(({ id }) => id));
    // What new experiments pushed off the first page stays on screen, in its place behind it.
    if (page.next) tail = [...newest.filter(({ id }) => !ids.has(id)), ...tail];
    else tail = [];
    if (tail.length === 0) next = page.next;
    newest = page.items;
  };

  const showOlder = async () => {
    const of = latest;
    const page = await api.experiments({ ...wanted(), after: next }, signal);
    if (of !== latest) return;
    tail = [...tail, ...page.items];
    next = page.next;
  };

  const renew = () =>
    attempt(async () => {
      const of = ++latest;
      const page = await api.experiments(wanted(), signal);
      if (of !== latest) return;
      [newest, tail, next] = [page.items, [], page.next];
    });

  render();
  return {
    element: h("div", { class: "experiment-list" }, trouble, empty, grid, h("p", { class: "gallery-more" }, older)),
    start() {
      const delay = () => (newest.some(isLive) ? BUSY_MS : IDLE_MS);
      setTimeout(() => poll(() => attempt(refresh), delay, signal), delay());
    },
    renew,
  };
}
