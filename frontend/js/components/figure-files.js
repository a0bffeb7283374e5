/** Buttons that save a figure, the drawing as SVG or PNG and what it shows as CSV, and one that presents it. */

import { h } from "../dom.js";
import { csv } from "../figure-table.js";
import { download } from "../plot.js";
import { save } from "../save.js";

/** @import { Table } from "../figure-table.js" */

/**
 * @param {string} title of the figure
 * @param {string} name of the files, without ending
 * @param {() => { figure: PlotlyFigure, table: Table } | null} content null while there is nothing to save
 * @param {(() => void) | null} [present] shows the figure alone
 * @returns {HTMLElement}
 */
export function figureFiles(title, name, content, present = null) {
  /** @param {string} format @param {(figure: PlotlyFigure, table: Table) => void} write */
  const button = (format, write) =>
    h(
      "button",
      {
        type: "button",
        class: "link-button",
        "aria-label": `Save “${title}” as ${format}`,
        onclick: () => {
          const found = content();
          if (found) write(found.figure, found.table);
        },
      },
      format,
    );
  return h(
    "span",
    { class: "figure-save" },
    button("SVG", (figure) => download(figure, "svg", name)),
    button("PNG", (figure) => download(figure, "png", name)),
    button("CSV", (_figure, table) => save(csv(table), "text/csv", `${name}.csv`)),
    present && h("button", { type: "button", class: "link-button", "aria-label": `Present “${title}”`, title: "Alone, as large as the window", onclick: present }, "Present"),
  );
}
