/** One example in the gallery: picture, label, score with interval and over size, and what held-out models say. */

import { h, refer, replace, text } from "../dom.js";
import { interval, score } from "../format.js";
import { icon } from "../icons.js";
import { markWords, standing } from "../marks.js";
import { sparkline } from "./sparkline.js";
import { whisker } from "./whisker.js";

/** @import { Column, Score } from "../../types/api.js" */

/** What a card adds when the order is by something it would not show. @type {Record<string, (row: Score) => string>} */
const SORTED_BY = {
  heldout_accuracy: (row) => `held-out accuracy ${score(row.heldout_accuracy)}`,
  in_accuracy: (row) => `in-accuracy ${score(row.in_accuracy)}`,
  width: (row) => `interval ${score((row.high ?? NaN) - (row.low ?? NaN))} wide`,
  change: (row) => `change over sizes ${score((row.over_size.findLast(Number.isFinite) ?? NaN) - (row.over_size.find(Number.isFinite) ?? NaN))}`,
  index: (row) => row.name,
};

/**
 * @param {string} sort
 * @param {readonly Column[]} columns
 * @returns {((row: Score) => string) | undefined}
 */
function further(sort, columns) {
  const column = columns.find(({ key }) => sort === `column:${key}` || sort === `gap:${key}`);
  return column && ((row) => `${column.title} ${score(row.columns[column.key])}`);
}

/**
 * @param {(index: number) => string} href
 * @param {import("./pictures.js").Pictures} pictures
 * @param {{ sort: () => string, sizes: () => number[], columns?: () => readonly Column[] }} view `sort` is the key in force,
 *   without its direction, `columns` are the further ones
 * @returns {(row: Score) => import("../dom.js").Component<Score>}
 */
export function exampleCard(href, pictures, { sort, sizes, columns = () => [] }) {
  return (row) => {
    const scale = whisker();
    const label = h("span", { class: "example-label", title: row.label_name, dir: "auto" }, row.label_name);
    const value = h("span", { class: "example-score" });
    const range = h("span", { class: "example-interval" });
    const line = sparkline();
    const sorted = h("p", { class: "example-sorted" });
    const answer = h("p", { class: "example-answer" });
    const mark = h("p", { class: "example-mark" });
    const link = h(
      "a",
      { class: "example-link" },
      pictures.canvas(row.picture, `Example ${row.index}, label ${row.label_name}`),
      h("span", { class: "example-head" }, label, value),
      scale.element,
      h("span", { class: "example-foot" }, range, line.element),
    );
    const flag = row.flipped && h("p", { class: "flipped" }, icon("flip"), `label flipped, was ${row.original_label_name}`);
    const element = h("li", { class: "example", "data-index": row.index }, link, sorted, flag, answer, mark);
    return {
      element,
      update(next) {
        refer(link, href(next.index));
        element.dataset.verdict = next.verdict;
        text(value, score(next.memorization));
        text(range, interval(next.low, next.high));
        scale.update(next);
        const several = next.over_size.length > 1;
        line.element.toggleAttribute("hidden", !several);
        if (several) line.update(next.over_size, sizes().indexOf(next.size), next.trajectory);
        const by = SORTED_BY[sort()] ?? further(sort(), columns());
        sorted.hidden = !by;
        text(sorted, by?.(next) ?? "");
        const differs = next.answer && next.answer.label !== next.label;
        answer.hidden = !differs;
        mark.hidden = !next.mark?.mark && !next.mark?.note;
        mark.dataset.mark = standing(next.mark ?? null, next.label_name) ?? "";
        text(mark, markWords(next.mark ?? null, next.label_name));
        if (differs) replace(answer, "held-out answer: ", h("b", {}, next.answer?.name));
      },
    };
  };
}
