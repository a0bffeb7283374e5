/** Storage: what takes room, and deleted experiments that can still be brought back. */

import { api } from "../api.js";
import { ask } from "../components/dialog.js";
import { datasetHref } from "../datasets.js";
import { h, replace } from "../dom.js";
import { bytes, moment } from "../format.js";

/** @import { Occupant, Storage } from "../../types/api.js" */

/** @type {import("../router.js").PageLoader} */
export async function storage(_params, signal) {
  const title = h("h1", { tabindex: -1 }, "Storage");
  const element = h("div", { class: "page storage" });

  /** @param {Storage} found */
  const render = (found) => {
    replace(element, title, totals(found), deleted(found.deleted, again), experiments(found.experiments, again), datasets(found.datasets));
    element.dataset.ready = "true";
  };
  const again = async () => render(await api.storage(signal));

  render(await api.storage(signal));
  return { title: "Storage", element };
}

/** @param {Storage} found */
function totals({ free, database, artifacts, other }) {
  const rows = [
    ["Database, with all experiments", database],
    ["Data sets, label files and matrices", artifacts],
    ["… of which belong to no data set", other],
    ["Free on the disk", free],
  ];
  return h(
    "section",
    {},
    h("dl", { class: "record-list storage-totals" }, ...rows.map(([name, size]) => h("div", {}, h("dt", {}, name), h("dd", {}, bytes(Number(size)))))),
    h("p", { class: "quiet" }, "To keep all of it in one file: ", h("code", {}, "memoscope backup FILE"), ", also while Memoscope runs."),
  );
}

/**
 * @param {Occupant[]} items
 * @param {() => Promise<void>} changed
 */
function deleted(items, changed) {
  if (items.length === 0) return null;
  /** @param {Occupant} item */
  const row = ({ id, title, bytes: size, until }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", dir: "auto" }, title),
      h("td", { class: "number" }, bytes(size)),
      h("td", {}, until && moment(until)),
      h(
        "td",
        { class: "storage-actions" },
        button("Bring back", title, async () => {
          await api.bringBack(id);
          await changed();
        }),
        button(
          "Delete for good…",
          title,
          () =>
            ask({ title: "Delete it for good?", detail: `“${title}” cannot be brought back then.`, confirm: "Delete for good", danger: true }, async () => {
              await api.removeForGood(id);
              await changed();
            }),
        ),
      ),
    );
  return section("Deleted, and can be brought back", table(["Experiment", "Size", "Gone for good", "Actions"], items.map(row)));
}

/**
 * @param {Occupant[]} items
 * @param {() => Promise<void>} changed
 */
function experiments(items, changed) {
  /** @param {Occupant} item */
  const row = ({ id, title, bytes: size }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, h("a", { href: `/experiments/${id}`, dir: "auto" }, title)),
      h("td", { class: "number" }, bytes(size)),
      h(
        "td",
        { class: "storage-actions" },
        button("Delete…", title, () =>
          ask({ title: "Delete this experiment?", detail: "For a day it can be brought back, on this page.", confirm: "Delete", danger: true }, async () => {
            await api.remove(id);
            await changed();
          }),
        ),
      ),
    );
  const rows = items.map(row);
  return section("Experiments, the largest first", rows.length > 0 ? table(["Experiment", "Size", "Actions"], rows) : h("p", { class: "quiet" }, "There are no results yet."));
}

/** @param {Occupant[]} items */
function datasets(items) {
  /** @param {Occupant} item */
  const row = ({ id, title, bytes: size }) =>
    h("tr", {}, h("th", { scope: "row" }, h("a", { href: datasetHref(id), dir: "auto" }, title)), h("td", { class: "number" }, bytes(size)));
  return section("Data sets, the largest first", table(["Data set", "Size"], items.map(row)));
}

/**
 * @param {string} title
 * @param {HTMLElement} content
 */
const section = (title, content) => h("section", {}, h("h2", {}, title), content);

/**
 * @param {string[]} columns
 * @param {HTMLElement[]} rows
 */
function table(columns, rows) {
  return h(
    "div",
    { class: "table-frame", tabindex: 0, role: "region", "aria-label": columns[0] },
    h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, ...rows)),
  );
}

/**
 * @param {string} name
 * @param {string} of what it is done to
 * @param {() => unknown} act
 */
function button(name, of, act) {
  const element = h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-label": `${name.replace("…", "")}: ${of}`,
      onclick: async () => {
        element.disabled = true;
        try {
          await act();
        } finally {
          element.disabled = false;
        }
      },
    },
    name,
  );
  return element;
}
