/** One example on both sides: picture, how far its score differs, and either score with its interval. */

import { h, refer, replace, text } from "../dom.js";
import { interval, score, signed } from "../format.js";
import { icon } from "../icons.js";
import { sideBadge } from "./compare-side.js";
import { whisker } from "./whisker.js";

/** @import { ComparedExample } from "../../types/api.js" */

/**
 * @param {(side: "a" | "b", row: ComparedExample) => string} href of the example's page in either experiment
 * @param {import("./pictures.js").Pictures} pictures
 * @returns {(row: ComparedExample) => import("../dom.js").Component<ComparedExample>}
 */
export function compareCard(href, pictures) {
  return (row) => {
    const change = h("span", { class: "example-score" });
    const range = h("span", { class: "example-interval" });
    const told = h("p", { class: "compare-told" });
    const link = h(
      "a",
      { class: "example-link" },
      pictures.canvas(row.picture, `Example ${row.a.index}, label ${row.a.label_name}`),
      h("span", { class: "example-head" }, h("span", { class: "example-label", title: row.a.label_name, dir: "auto" }, row.a.label_name), change),
      range,
    );
    const sides = [sideRow("a"), sideRow("b")];
    const other = row.b.label_name !== row.a.label_name && h("p", { class: "example-answer" }, "trained as ", h("b", {}, row.b.label_name), " in B");
    const flags = [
      ["A", row.a],
      ["B", row.b],
    ];
    const flipped = flags.filter(([, side]) => /** @type {ComparedExample["a"]} */ (side).flipped).map(([name]) => name);
    const flag = flipped.length > 0 && h("p", { class: "flipped" }, icon("flip"), `label flipped${flipped.length === 1 ? ` in ${flipped[0]}` : ""}, was ${row.a.original_label_name}`);
    const element = h("li", { class: "example compare-example", "data-picture": row.picture }, link, ...sides.map((side) => side.element), told, other, flag);
    return {
      element,
      update(next) {
        refer(link, href("a", next));
        text(change, signed(next.difference));
        text(range, `B − A, ${interval(next.low, next.high)}`);
        for (const side of sides) side.update(next, href);
        element.dataset.moved = next.moved ? (next.difference > 0 ? "up" : "down") : "";
        replace(told, next.moved && sideBadge(next.difference > 0 ? "b" : "a"), next.moved ? "higher, " : "no clear change, ", `q ${next.q < 0.001 ? "< 0.001" : `= ${score(next.q, 3)}`}`);
      },
    };
  };
}

/** @param {"a" | "b"} side */
function sideRow(side) {
  const scale = whisker();
  const value = h("span", { class: "compare-value" });
  const element = h("a", { class: "compare-score", "data-side": side }, sideBadge(side), scale.element, value);
  return {
    element,
    /** @param {ComparedExample} row @param {(side: "a" | "b", row: ComparedExample) => string} href */
    update(row, href) {
      refer(element, href(side, row));
      element.title = `${side.toUpperCase()}: ${score(row[side].memorization)}, 95 % ${interval(row[side].low, row[side].high)}`;
      scale.update(row[side]);
      text(value, score(row[side].memorization));
    },
  };
}
