/** How many pictures each class has, as bars for training and test, and the same as a table. */

import { aborted, api, reason } from "../api.js";
import { h, replace } from "../dom.js";
import { count } from "../format.js";
import { notice } from "./notice.js";

/** @import { Counts } from "../../types/api.js" */

/**
 * @param {string} dataset id
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: () => Promise<void> }}
 */
export function classCounts(dataset, signal) {
  const body = h("div", { class: "counts", "data-ready": "false" }, h("p", { class: "quiet" }, "Counting…"));
  const element = h("section", { "aria-labelledby": "counts-title" }, h("h2", { id: "counts-title" }, "Classes"), body);
  return {
    element,
    async load() {
      try {
        replace(body, ...drawn(await api.counts(dataset, signal)));
        body.dataset.ready = "true";
      } catch (error) {
        if (!aborted(error)) replace(body, notice({ title: "The classes could not be counted", detail: reason(error), kind: "failed" }));
      }
    },
  };
}

/** @param {Counts} counts */
function drawn({ classes, train, test }) {
  const most = Math.max(1, ...train, ...test);
  const rows = classes.map((name, at) => ({ name, train: train[at] ?? 0, test: test[at] ?? 0 }));
  /** @param {"train" | "test"} part @param {number} value */
  const bar = (part, value) => h("span", { class: "count-bar", "data-part": part, style: `--share:${value / most}` });
  return [
    h(
      "ul",
      { class: "legend" },
      h("li", {}, h("span", { class: "count-key", "data-part": "train" }), "training pictures"),
      h("li", {}, h("span", { class: "count-key", "data-part": "test" }), "test pictures"),
    ),
    h(
      "ul",
      { class: "count-list" },
      ...rows.map((row) =>
        h(
          "li",
          { title: `${row.name}: ${count(row.train)} training, ${count(row.test)} test` },
          h("span", { class: "count-name" }, row.name),
          h("span", { class: "count-bars", "aria-hidden": "true" }, bar("train", row.train), bar("test", row.test)),
          h("span", { class: "count-values" }, count(row.train), h("span", { class: "visually-hidden" }, " training,"), " ", h("span", { class: "quiet" }, count(row.test)), h("span", { class: "visually-hidden" }, " test")),
        ),
      ),
    ),
    h(
      "details",
      { class: "twin" },
      h("summary", {}, "As a table"),
      h(
        "div",
        { class: "table-frame" },
        h(
          "table",
          { class: "plain-table" },
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Class"), h("th", { scope: "col" }, "Training"), h("th", { scope: "col" }, "Test"))),
          h("tbody", {}, ...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.name), h("td", {}, count(row.train)), h("td", {}, count(row.test))))),
        ),
      ),
    ),
  ];
}
