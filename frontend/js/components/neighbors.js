/** The training examples that look most like one: pictures by distance, with label and score. */

import { aborted, api, reason } from "../api.js";
import { h, replace } from "../dom.js";
import { apart, score, words } from "../format.js";
import { icon } from "../icons.js";

/** @import { Neighbor } from "../../types/api.js" */
/** @typedef {{ index: number, label: number, label_name: string }} Looked what is compared with the others */

/**
 * @param {string} experiment id
 * @param {Looked} example
 * @param {(index: number) => string} href
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: (query: string) => Promise<void> }} `load` fetches them with scores of one size
 */
export function neighbors(experiment, example, href, signal) {
  const same = h("p", { class: "same-picture", hidden: true });
  const summary = h("p", {});
  const list = h("ol", { class: "lookalikes" });
  const state = h("p", { class: "field-help", role: "status" }, "Comparing pictures…");
  const note = h("p", { class: "field-help" }, "Distances are root mean square differences of pixels, of 255 at most.");
  const element = h("div", { class: "nearest", "data-ready": "false" }, same, summary, list, state, note);

  return {
    element,
    async load(query) {
      try {
        const { items } = await api.neighbors(experiment, example.index, query, signal);
        same.textContent = sameWords(items, example);
        same.hidden = same.textContent === "";
        summary.textContent = labelWords(items, example);
        replace(list, ...items.map((item) => card(item, href(item.index))));
        state.hidden = true;
        element.dataset.ready = "true";
      } catch (error) {
        if (aborted(error)) return;
        state.hidden = false;
        state.textContent = reason(error);
        element.dataset.ready = "failed";
      }
    },
  };
}

/**
 * A model that had a copy has seen the picture, whether or not it had this example.
 * @param {Neighbor[]} items
 * @param {Looked} example
 */
function sameWords(items, example) {
  const copies = items.filter(({ distance }) => distance === 0);
  if (copies.length === 0) return "";
  const others = copies.filter(({ label }) => label !== example.label).length;
  const times = copies.length === 1 ? "once more" : `${copies.length}${copies.length === items.length ? " or more" : ""} times more`;
  const labels = others === 0 ? "with the same label" : others === copies.length ? "with another label" : `${others} of them with another label`;
  return `The very same picture is in the training set ${times}, ${labels}. A model trained without this example may have seen it there.`;
}

/**
 * @param {Neighbor[]} items
 * @param {Looked} example
 */
function labelWords(items, example) {
  /** @type {Map<string, number>} */
  const names = new Map();
  for (const { label, label_name } of items) if (label !== example.label) names.set(label_name, (names.get(label_name) ?? 0) + 1);
  const own = items.filter(({ label }) => label === example.label).length;
  const others = [...names].sort((a, b) => b[1] - a[1]).map(([name, times]) => `${apart(name)}${times > 1 ? ` (${times} times)` : ""}`);
  const has = own === items.length ? "all have" : own === 0 ? "none has" : `${own} ${own === 1 ? "has" : "have"}`;
  return `Of the ${items.length} nearest, ${has} its label, ${apart(example.label_name)}${others.length > 0 ? `. Other labels: ${others.join(", ")}` : ""}.`;
}

/**
 * @param {Neighbor} item
 * @param {string} href
 */
function card({ index, image, distance, label_name, original_label_name, flipped, memorization, verdict }, href) {
  return h(
    "li",
    { "data-index": index },
    h(
      "a",
      { href },
      h("img", { class: "pixels", src: image, alt: `Example ${index}`, width: 96, height: 96 }),
      h("b", {}, label_name),
    ),
    h("span", { class: "verdict", "data-verdict": verdict, title: `memorization, ${words(verdict)}` }, score(memorization), h("span", { class: "visually-hidden" }, words(verdict))),
    h("span", { class: "field-help" }, distance === 0 ? "same picture" : `${distance.toFixed(1)} away`),
    flipped && h("span", { class: "flipped" }, icon("flip"), `was ${original_label_name}`),
  );
}
