/** The numbers behind a figure, as a table that is made when someone opens it. */

import { h, replace } from "../dom.js";
import { count } from "../format.js";

/** @import { Cell, Table } from "../figure-table.js" */

const SHOWN = 200;
const DECIMALS = 4;
const LARGE = 1e9; // from here on powers of ten are easier to read

/**
 * @param {string} title of the figure
 * @returns {{ element: HTMLElement, update: (summary: string, table: () => Table) => void }}
 */
export function tableTwin(title) {
  const words = h("p", { class: "twin-summary" });
  const frame = h("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": `Data of “${title}”` });
  const cap = h("p", { class: "quiet" });
  const element = h("details", { class: "twin", hidden: true }, h("summary", {}, "Table"), words, frame, cap);
  /** @type {(() => Table) | null} */
  let make = null;

  const fill = () => {
    if (!element.open || !make) return;
    const { columns, rows } = make();
    make = null;
    const shown = rows.slice(0, SHOWN);
    const decimals = columns.map((_name, at) => (rows.every((row) => typeof row[at] !== "number" || Number.isInteger(row[at])) ? 0 : DECIMALS));
    cap.hidden = rows.length <= SHOWN;
    cap.textContent = `The first ${SHOWN} of ${count(rows.length)} rows; the CSV has all of them.`;
    replace(
      frame,
      h(
        "table",
        { class: "plain-table" },
        h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...shown.map((row) => h("tr", {}, ...row.map((cell, at) => h(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null }, printed(cell, decimals[at])))))),
      ),
    );
  };
  element.addEventListener("toggle", fill);

  return {
    element,
    update(summary, table) {
      element.hidden = false;
      words.hidden = !summary;
      words.textContent = summary;
      make = table;
      fill();
    },
  };
}

/**
 * @param {Cell} cell
 * @param {number} [decimals]
 */
function printed(cell, decimals) {
  if (cell === null) return "–";
  if (typeof cell !== "number") return cell;
  const size = Math.abs(cell);
  if (size > 0 && (size < 10 ** -DECIMALS || size >= LARGE)) return cell.toExponential(2).replaceAll("-", "−");
  return cell.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "−");
}
