/** Controls of a comparison's gallery: what moved and at which rate, the order, and the label. */

import { RATES, SORTS } from "../compare-view.js";
import { h, replace } from "../dom.js";
import { count } from "../format.js";
import { sideBadge } from "./compare-side.js";

/** @import { Comparison } from "../../types/api.js" */
/** @typedef {import("../compare-view.js").CompareView} CompareView */

/** @type {Record<(typeof SORTS)[number], string>} */
const ORDERS = {
  "-magnitude": "largest difference first",
  "-difference": "highest above A first",
  difference: "highest above B first",
  magnitude: "smallest difference first",
};

/**
 * @param {(patch: Partial<CompareView>) => void} change
 * @returns {{ element: HTMLElement, update: (view: CompareView, comparison: Comparison) => void }}
 */
export function compareFilters(change) {
  const parts = h("div", { class: "segments", role: "radiogroup", "aria-labelledby": "compare-moved" });
  const rate = select("False-discovery rate", RATES.map((value) => [value, `${Number(value) * 100} %`]), (value) => change({ rate: value }));
  const order = select("Order", SORTS.map((value) => [value, ORDERS[value]]), (value) => change({ sort: value }));
  const label = select("Label", [], (value) => change({ label: value === "" ? [] : value.split(" ").map(Number) }));

  return {
    element: h(
      "div",
      { class: "compare-filters" },
      h("div", { class: "filter" }, h("span", { id: "compare-moved" }, "Examples"), parts),
      rate.element,
      order.element,
      label.element,
      h("p", { class: "quiet compare-help" }, "q is the false-discovery rate from which on an example counts as moved."),
    ),
    update(view, { n, moved_up: up, moved_down: down, classes }) {
      const choices = /** @type {const} */ ([
        ["", [`all ${count(n)}`]],
        ["any", [`moved ${count(up + down)}`]],
        ["up", [sideBadge("b"), ` higher ${count(up)}`]],
        ["down", [sideBadge("a"), ` higher ${count(down)}`]],
      ]);
      const focused = document.activeElement instanceof HTMLInputElement && parts.contains(document.activeElement);
      replace(
        parts,
        ...choices.map(([value, content]) =>
          h("label", {}, h("input", { type: "radio", name: "moved", value, checked: value === (view.moved ?? ""), onchange: () => change({ moved: value || null }) }), h("span", { class: "segment-words" }, ...content)),
        ),
      );
      if (focused) /** @type {HTMLElement | null} */ (parts.querySelector("input:checked"))?.focus();
      rate.control.value = view.rate;
      order.control.value = view.sort;
      const chosen = view.label.join(" ");
      const options = [["", "any"], ...classes.map((name, at) => [String(at), name])];
      if (!options.some(([value]) => value === chosen)) options.push([chosen, view.label.map((at) => classes[at] ?? at).join(", ")]);
      replace(label.control, ...options.map(([value, name]) => h("option", { value }, name)));
      label.control.value = chosen;
    },
  };
}

/**
 * @param {string} title
 * @param {string[][]} options value and text
 * @param {(value: string) => void} change
 */
function select(title, options, change) {
  const control = h("select", { onchange: () => change(control.value) }, ...options.map(([value, name]) => h("option", { value }, name)));
  return { control, element: h("label", { class: "filter" }, h("span", {}, title), control) };
}
