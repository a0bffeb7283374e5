/** Words that open a short explanation: by mouse, touch and keyboard, with the numbers at hand. */

import { h, replace } from "../dom.js";
import { partsOf, termOf } from "../known-terms.js";
import { shareToken } from "../place.js";
import { termPicture } from "./term-picture.js";

/** @typedef {import("../dom.js").Child} Child */

const GAP_PX = 6; // between the words and what they open
let made = 0; // each explanation needs an id of its own

/**
 * @param {string} key of a term
 * @param {string} [words] that stand on the page; the term's name if absent
 * @param {() => string} [worked] the same with the numbers at hand, such as `140/140 − 3/60 = 0.95`; asked when it opens
 * @returns {HTMLElement}
 */
export function term(key, words, worked = () => "") {
  const { name } = termOf(key);
  const id = `term-${(made += 1)}`;
  const card = h("div", { class: "term-card", id, popover: "auto", role: "group", "aria-label": name });
  const button = h("button", { type: "button", class: "term", popovertarget: id, "aria-expanded": "false", "data-term": key }, words ?? name);
  const fill = () => {
    // No link leads out of a share.
    const more = !shareToken && h("p", {}, h("a", { href: `/glossary#${key}` }, "All terms"));
    replace(card, h("p", { class: "term-name" }, name), ...explanationOf(key, worked()), more);
  };
  card.addEventListener("beforetoggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") fill();
  });
  card.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (open) place(card, button);
    else card.replaceChildren(); // what is not shown is not read, copied or found either
  });
  return h("span", { class: "term-frame" }, button, card);
}

/**
 * A text in which the terms that it names open their explanations, each where it first stands.
 * @param {string} text
 * @returns {Child[]}
 */
export const termed = (text) => partsOf(text).map((part) => (typeof part === "string" ? part : term(part.term.key, part.words)));

/**
 * What a term means, without its name.
 * @param {string} key
 * @param {string} [worked] with the numbers at hand
 * @returns {Child[]}
 */
export function explanationOf(key, worked = "") {
  const { text, source, study } = termOf(key);
  return [
    termPicture(key),
    h("p", {}, text),
    worked !== "" && h("p", { class: "term-worked" }, h("b", {}, "Here: "), worked),
    source && h("p", { class: "term-source" }, source),
    study && h("p", { class: "term-source" }, `In the study “${study}”`),
  ];
}

/**
 * Below the words, or above them where there is more room.
 * @param {HTMLElement} card
 * @param {HTMLElement} button
 */
function place(card, button) {
  const words = button.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const page = document.documentElement;
  const left = Math.max(8, Math.min(words.left, page.clientWidth - width - 8));
  const below = words.bottom + GAP_PX;
  const top = below + height > window.innerHeight && words.top > height + GAP_PX ? words.top - height - GAP_PX : below;
  card.style.left = `${left + window.scrollX}px`;
  card.style.top = `${top + window.scrollY}px`;
}
