/** Which further number of the examples is bounded, and its range. */

import { h, replace } from "../dom.js";
import { rangeInputs } from "./range-inputs.js";

/** @import { Column } from "../../types/api.js" */

/**
 * @param {import("../store.js").Store} store
 * @returns {{ element: HTMLElement, update: (columns: readonly Column[]) => void }}
 */
export function columnFilter(store) {
  const picker = h("select", {
    onchange: () => store.set({ column: picker.value || null, column_gte: null, column_lte: null }),
  });
  const room = h("div", { class: "column-range" });
  const element = h("div", { class: "column-filter" }, h("label", { class: "filter" }, h("span", {}, "Further number"), picker), room);
  let listed = "";
  let ranged = "";
  let range = rangeInputs(() => {});
  return {
    element,
    update(columns) {
      const { column: key, column_gte: from, column_lte: to } = store.get();
      element.hidden = columns.length === 0 && key === null;
      const column = columns.find((known) => known.key === key);
      const options = [["", "any"], ...columns.map((known) => [known.key, known.title]), ...(key && !column ? [[key, key]] : [])];
      if (listed !== String(options)) replace(picker, ...options.map(([value, name]) => h("option", { value }, name)));
      listed = String(options);
      picker.value = key ?? "";
      if (ranged !== (column?.key ?? "")) {
        range = rangeInputs((low, high) => store.set({ column_gte: low, column_lte: high }), column);
        replace(room, column && range.element, column && h("p", { class: "quiet" }, column.description));
      }
      ranged = column?.key ?? "";
      range.update(from, to);
    },
  };
}
