/** What the gallery shows and in which order: the order, a menu of filters, and a chip for each that is in force. */

import { h, replace } from "../dom.js";
import { icon } from "../icons.js";
import { cleared, facetsOf, isOpen, select } from "./facets.js";
import { menu } from "./menu.js";

const SORTS = [
  ["-memorization", "most memorized first"],
  ["memorization", "least memorized first"],
  ["heldout_accuracy", "lowest held-out accuracy first"],
  ["-heldout_accuracy", "highest held-out accuracy first"],
  ["in_accuracy", "lowest in-accuracy first"],
  ["-width", "widest interval first"],
  ["width", "narrowest interval first"],
  ["-change", "largest rise over sizes first"],
  ["change", "largest fall over sizes first"],
  ["label", "by label"],
  ["index", "in dataset order"],
];

/** @import { Column } from "../../types/api.js" */

/** @param {Column} column */
const orders = ({ key, title }) => [
  [`-column:${key}`, `${title}, highest first`],
  [`column:${key}`, `${title}, lowest first`],
];

/**
 * @param {import("../store.js").Store} store
 * @param {readonly string[]} classes names of the data set's classes
 * @param {boolean} relabels whether labels can be flipped
 * @param {{ answers?: boolean }} [known] whether it is known for every example what held-out models answer
 * @returns {{ element: HTMLElement, chips: HTMLElement, update: (columns?: readonly Column[]) => void }} further numbers
 *   of the examples can be filtered and sorted by
 */
export function filters(store, classes, relabels, { answers = true } = {}) {
  const sort = select("Order", SORTS, (value) => store.set({ sort: value }));
  const facets = facetsOf(store, classes, relabels, answers);
  const sheet = menu(["Filter"], ...facets.map(({ element }) => element));
  sheet.classList.add("facets");
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Filters in force" });
  return {
    element: h("div", { class: "filters" }, sort.element, sheet),
    chips,
    update(columns = []) {
      const view = store.get();
      sort.offer([...SORTS, ...columns.flatMap(orders)]);
      sort.update(view.sort);
      for (const facet of facets) facet.update(view, columns);
      const inForce = facets.filter((facet) => !isOpen(facet, view));
      chips.hidden = inForce.length === 0;
      replace(
        chips,
        ...inForce.map((facet) => {
          const words = facet.chip(view);
          return h("button", { type: "button", class: "chip", "aria-label": `Clear the filter: ${words}`, onclick: () => store.set(cleared(facet)) }, words, icon("close"));
        }),
        inForce.length > 1 && h("button", { type: "button", class: "link-button", onclick: () => store.set(Object.assign({}, ...facets.map(cleared))) }, "Clear all"),
      );
    },
  };
}
