/** One example in the gallery: picture, label, score with interval, and what models say that never saw it. */

import { h, replace, text } from "../dom.js";
import { interval, score } from "../format.js";
import { icon } from "../icons.js";
import { whisker } from "./whisker.js";

/** @import { Score } from "../../types/api.js" */

/**
 * @param {(index: number) => string} href
 * @param {import("./pictures.js").Pictures} pictures
 * @returns {(row: Score) => import("../dom.js").Component<Score>}
 */
export function exampleCard(href, pictures) {
  return (row) => {
    const scale = whisker();
    const label = h("span", { class: "example-label" }, row.label_name);
    const value = h("span", { class: "example-score" });
    const range = h("span", { class: "example-interval" });
    const answer = h("p", { class: "example-answer" });
    const link = h(
      "a",
      { class: "example-link" },
      pictures.canvas(row.picture, `Example ${row.index}, label ${row.label_name}`),
      h("span", { class: "example-head" }, label, value),
      scale.element,
      range,
    );
    const flag = row.flipped && h("p", { class: "flipped" }, icon("flip"), `label flipped, was ${row.original_label_name}`);
    const element = h("li", { class: "example", "data-index": row.index }, link, flag, answer);
    return {
      element,
      update(next) {
        link.setAttribute("href", href(next.index));
        element.dataset.verdict = next.verdict;
        text(value, score(next.memorization));
        text(range, interval(next.low, next.high));
        scale.update(next);
        const differs = next.answer && next.answer.label !== next.label;
        answer.hidden = !differs;
        if (differs) replace(answer, "held-out answer: ", h("b", {}, next.answer?.name));
      },
    };
  };
}
