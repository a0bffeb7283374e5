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
/** @typedef {import("../view.js").View} View */

/** What can be sorted by of a further number; ranks are held against the one that is looked at. @param {Column} column @param {View} view */
const orders = ({ key, title }, { column, sort }) => [
  [`-column:${key}`, `${title}, highest first`],
  [`column:${key}`, `${title}, lowest first`],
  ...(column === key || sort.endsWith(`:${key}`) ? [[`-gap:${key}`, `memorized, though low by ${title}`], [`gap:${key}`, `not memorized, though high by ${title}`]] : []),
];

/**
 * @param {import("../store.js").Store} store
 * @param {readonly string[]} classes names of the data set's classes
 * @param {boolean} relabels whether labels can be flipped
 * @param {{ inFile?: boolean }} [options] whether only a file is asked
 * @returns {{ element: HTMLElement, chips: HTMLElement, update: (columns?: readonly Column[]) => void }} further numbers
 *   of the examples can be filtered and sorted by
 */
export function filters(store, classes, relabels, { inFile = false } = {}) {
  const sort = select("Order", SORTS, (value) => store.set({ sort: value }));
  const facets = facetsOf(store, classes, relabels, inFile);
  const sheet = menu(["Filter"], ...facets.map(({ element }) => element));
  sheet.classList.add("facets");
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Filters in force" });
  return {
    element: h("div", { class: "filters" }, sort.element, sheet),
    chips,
    update(columns = []) {
      const view = store.get();
      sort.offer([...SORTS, ...columns.flatMap((column) => orders(column, view))]);
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
