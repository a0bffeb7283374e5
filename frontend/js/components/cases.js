/** What happened to single examples, kind by kind: each with its picture, and those that explain it. */

import { aborted, api, reason } from "../api.js";
import { h, keyed, replace } from "../dom.js";
import { counted } from "../format.js";
import { notice } from "./notice.js";
import { createPictures } from "./pictures.js";

/** @import { Case, CasePicture, Cases } from "../../types/api.js" */
/** @typedef {import("./pictures.js").Pictures} Pictures */

const PAGE = 6;
const MOST = 200; // in one answer

/**
 * @param {string} experiment id
 * @param {string} dataset
 * @param {Cases} cases
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, heading: string, id: string, load: () => Promise<void> }} `load` fetches the first ones
 *   of every kind again, and as many as there were
 */
export function caseList(experiment, dataset, { title, description, kinds }, signal) {
  const id = "cases-title";
  const pictures = createPictures(dataset);
  const lists = Object.entries(kinds).map(([kind, name]) => listOf(experiment, kind, name, pictures, signal));
  const heading = h("h2", { id, tabindex: -1 }, title);
  return {
    heading: title,
    id,
    element: h("section", { class: "cases", "aria-labelledby": id }, heading, h("p", { class: "quiet" }, description), ...lists.map(({ element }) => element)),
    load: async () => void (await Promise.all(lists.map(({ load }) => load()))),
  };
}

/**
 * @param {string} experiment
 * @param {string} kind
 * @param {string} name
 * @param {Pictures} pictures
 * @param {AbortSignal} signal
 */
function listOf(experiment, kind, name, pictures, signal) {
  const list = h("ul", { class: "case-list" });
  const state = h("div", {});
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => show(list.children.length + PAGE) });
  const element = h("section", { class: "cases", "aria-label": name, "data-kind": kind, "data-ready": "false" }, h("h3", {}, name), state, list, h("p", { class: "gallery-more" }, more));

  /** @param {number} limit */
  const show = async (limit) => {
    try {
      const { items, total } = await api.cases(experiment, `?kind=${kind}&limit=${Math.min(limit, MOST)}`, signal);
      await pictures.load(items.flatMap(({ about, others }) => [about, ...others].map(({ picture }) => picture)));
      const first = list.children.length;
      keyed(list, items, (item) => JSON.stringify(item), (item) => row(item, pictures));
      replace(state, total === 0 && notice({ title: "None so far", detail: "None of the examples that were looked at is of this kind." }));
      const rest = Math.min(total, MOST) - items.length;
      more.hidden = rest <= 0;
      more.textContent = `Show ${counted(Math.min(rest, PAGE), "more case", "more cases")}`;
      element.dataset.count = String(items.length);
      element.dataset.ready = "true";
      const next = list.children[first];
      if (document.activeElement === more && next instanceof HTMLElement) next.focus();
    } catch (error) {
      if (aborted(error)) return;
      element.dataset.ready = "failed";
      replace(state, notice({ title: "The cases could not be loaded", detail: reason(error), kind: "failed" }));
    }
  };

  return { element, load: () => show(Math.max(list.children.length, PAGE)) };
}

/**
 * @param {Case} item
 * @param {Pictures} pictures
 */
function row({ about, others }, pictures) {
  const element = h("li", { class: "case", tabindex: -1 }, card(about, pictures), h("div", { class: "case-others" }, ...others.map((other) => card(other, pictures))));
  return { element, update: () => undefined };
}

/**
 * @param {CasePicture} picture
 * @param {Pictures} pictures
 */
function card({ picture, name, lines }, pictures) {
  return h("div", { class: "case-picture" }, pictures.canvas(picture, `${name}: ${lines.join(", ")}`), ...lines.map((line) => h("span", {}, line)));
}
