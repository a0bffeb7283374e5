/** How memorization goes over model size: the shares of the types, and the courses of the examples shown. */

import { tableTwin } from "../js/components/table-twin.js";
import { h, replace } from "../js/dom.js";
import { count, counted, interval, percent, score } from "../js/format.js";
import { chart, drawLines, frame, legend, roundTicks, sizeAxis } from "./chart.js";

/** @import { Facts, Table } from "./data.js" */

const HEIGHT = 280;
const SHOWN = 6;

/**
 * @param {Facts} facts
 * @param {Table} table
 * @returns {{ element: HTMLElement, show: (counts: readonly number[], rows: Int32Array) => void }}
 */
export function trajectories(facts, table) {
  const { sizes, classes, series, threshold, experiment, tau, placebo } = facts;
  const drawing = chart("trajectories", HEIGHT);
  const key = h("div", {});
  const twin = tableTwin("Trajectories");
  const types = h("tbody", {});
  const total = h("p", { class: "quiet" });

  /** @param {number} row */
  const line = (row, at = 0) => ({
    name: `#${table.index[row]}, label ${classes[table.label[row] ?? 0]}${table.flipped[row] ? " (flipped)" : ""}`,
    color: series[at % series.length] ?? "",
    points: sizes.flatMap((size, s) => {
      const value = table.memorization[s]?.[row] ?? Number.NaN;
      return Number.isNaN(value) ? [] : [/** @type {const} */ ([size, value, ...table.interval(s, row)])];
    }),
  });

  return {
    element: h(
      "div",
      { class: "trajectory-figures" },
      h(
        "figure",
        { class: "figure" },
        h("figcaption", {}, h("h3", {}, `Memorization of the first ${SHOWN} examples shown`), h("p", {}, `Bands: 95 % intervals; dotted: memorized from ${threshold}.`)),
        key,
        drawing.element,
        twin.element,
      ),
      h(
        "section",
        { class: "figure" },
        h("h3", {}, "Types of trajectory"),
        h("p", { class: "quiet" }, `By changes of at least ${tau} that the intervals support. Noise alone: the same rule on two halves of the models of one size.`),
        total,
        h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, ...["type", "examples", "share", "noise alone", ""].map((name) => h("th", { scope: "col" }, name)))), types),
      ),
    ),
    show(counts, rows) {
      const lines = [...rows.subarray(0, SHOWN)].map(line);
      const summary = `Memorization over ${experiment.size_name} of ${counted(lines.length, "example")}`;
      drawing.show((width, height) => {
        const vertical = { ticks: roundTicks(-0.2, 1), from: -0.35, to: 1.05, title: "memorization score" };
        const drawn = frame(width, height, sizeAxis(experiment.size_name, sizes), vertical, summary);
        const rule = document.createElementNS(drawn.element.namespaceURI, "path");
        rule.setAttribute("class", "chart-rule");
        rule.setAttribute("d", `M${drawn.plot.left} ${drawn.y(threshold)}h${drawn.plot.width}`);
        drawn.element.append(rule);
        drawLines(drawn, lines);
        return drawn.element;
      });
      replace(key, legend(lines));
      twin.update("", () => ({
        columns: ["example", experiment.size_name, "score", "95 % interval"],
        rows: lines.flatMap(({ name, points }) => points.map(([size, value, low, high]) => [name, size, score(value), interval(low, high)])),
      }));
      const all = counts.reduce((sum, found) => sum + found, 0);
      total.textContent = facts.summary ? `All ${counted(all, "example")}.` : `Of ${counted(all, "example")} that the filters keep.`;
      replace(
        types,
        ...facts.trajectories.map((type, at) => {
          const share = all > 0 ? (counts[at] ?? 0) / all : 0;
          const bar = h("span", { class: "share-bar", style: `width: ${(100 * share).toFixed(1)}%` });
          return h("tr", {}, h("th", { scope: "row" }, type), h("td", {}, count(counts[at] ?? 0)), h("td", {}, percent(share)), h("td", {}, percent(placebo[at])), h("td", { class: "share", "aria-hidden": "true" }, bar));
        }),
      );
    },
  };
}
