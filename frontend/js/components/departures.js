/** Where an experiment departs from its paper: in its settings, which makes its numbers other ones, and in its scope. */

import { h } from "../dom.js";

/** @typedef {{ deviations: string[], scope: string[] }} Departures */

/**
 * @param {Departures} found
 * @param {"h2" | "h3"} level of the headings
 * @returns {HTMLElement}
 */
export function departures({ deviations, scope }, level) {
  return h(
    "div",
    { class: "departures" },
    deviations.length > 0 ? part("Departs from the paper in", deviations, level) : h("p", {}, "These are the paper’s settings."),
    scope.length > 0 && part("Of the paper, not run or run otherwise", scope, level, "scope"),
  );
}

/**
 * @param {string} title
 * @param {string[]} items
 * @param {"h2" | "h3"} level
 * @param {string} [kind]
 */
function part(title, items, level, kind = "") {
  return h("div", {}, h(level, {}, title), h("ul", { class: `deviations ${kind}` }, ...items.map((item) => h("li", {}, item))));
}
