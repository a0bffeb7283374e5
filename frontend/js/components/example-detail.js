/** An example in the side panel: its picture, its score at every size, and what held-out models say of it. */

import { h } from "../dom.js";
import { interval, score, words } from "../format.js";
import { icon } from "../icons.js";
import { answerClasses } from "./answers.js";
import { scoreTable } from "./score-table.js";
import { whisker } from "./whisker.js";

/** @import { Example, Experiment } from "../../types/api.js" */

/**
 * @param {Example} example
 * @param {number | null} chosen model size, the largest with scores if null
 * @param {Experiment} experiment
 * @returns {HTMLElement[]}
 */
export function exampleDetail(example, chosen, { size_name: sizeName, caution }) {
  const { index, name, image, label_name: label, original_label_name: original, flipped, sizes, trajectory } = example;
  const size = sizes.find((known) => known.size === chosen) ?? sizes.at(-1);
  if (!size) return [];
  const scale = whisker();
  scale.update(size);
  const said = answerClasses(example, sizeName);
  said.update(size);
  const table = scoreTable(sizes, sizeName);
  table.update(size);
  return [
    h("img", { class: "pixels", src: image, alt: `Example ${index}, label ${label}`, width: 160, height: 160 }),
    h(
      "div",
      { class: "side-facts" },
      h("h2", {}, "Label ", h("bdi", {}, label)),
      flipped && h("p", { class: "flipped" }, icon("flip"), "changed for training, was ", h("bdi", {}, original)),
      h("p", {}, h("b", {}, score(size.memorization)), ` memorization at ${sizeName} ${size.size}, ${interval(size.low, size.high)}`),
      scale.element,
      h("p", {}, h("span", { class: "verdict", "data-verdict": size.verdict }, words(size.verdict)), sizes.length > 1 && ` · ${trajectory} over size`),
      h("p", { class: "quiet" }, h("bdi", {}, name)),
    ),
    said.element,
    h("div", { class: "side-wide" }, table.element),
    ...(caution ? [h("p", { class: "caution side-wide" }, caution)] : []),
  ];
}
