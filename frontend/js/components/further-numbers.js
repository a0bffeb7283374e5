/** What else is known of one example: each further number over model size, at the chosen one, and what it means. */

import { h, replace } from "../dom.js";
import { score } from "../format.js";
import { sparkline } from "./sparkline.js";

/** @import { Column, Size } from "../../types/api.js" */

/**
 * @param {readonly Column[]} columns
 * @param {readonly Size[]} sizes
 * @returns {{ element: HTMLElement, update: (size: Size) => void }}
 */
export function furtherNumbers(columns, sizes) {
  const element = h("dl", { class: "further-numbers" });
  return {
    element,
    update(chosen) {
      replace(element, ...columns.map((column) => row(column, sizes, chosen)));
    },
  };
}

/**
 * @param {Column} column
 * @param {readonly Size[]} sizes
 * @param {Size} chosen
 */
function row({ key, title, description, low, high }, sizes, chosen) {
  const line = sparkline({ low, high });
  const several = sizes.length > 1;
  if (several) line.update(sizes.map(({ columns }) => columns[key] ?? null), sizes.indexOf(chosen), title);
  return h(
    "div",
    {},
    h("dt", {}, title),
    h("dd", { class: "number" }, several && line.element, h("b", {}, score(chosen.columns[key]))),
    h("dd", { class: "quiet" }, description),
  );
}
