/** An example in the side panel of a comparison: its picture, and its score on either side. */

import { h } from "../dom.js";
import { interval, score, signed, words } from "../format.js";
import { sideBadge } from "./compare-side.js";
import { whisker } from "./whisker.js";

/** @import { ComparedExample } from "../../types/api.js" */

/**
 * @param {ComparedExample} row
 * @returns {HTMLElement[]}
 */
export function compareDetail(row) {
  return [
    h("img", { class: "pixels", src: row.image, alt: `Example ${row.name}`, width: 160, height: 160 }),
    ...(/** @type {const} */ (["a", "b"])).map((side) => sideFacts(side, row[side])),
    h("p", { class: "side-wide" }, "B − A: ", h("b", {}, signed(row.difference)), `, 95 % ${interval(row.low, row.high)}; `, row.moved ? "a clear change" : "no clear change", `, q = ${score(row.q, 3)}`),
  ];
}

/** @param {"a" | "b"} side @param {ComparedExample["a"]} found */
function sideFacts(side, { label_name: label, original_label_name: original, flipped, size, memorization, low, high, verdict, answer }) {
  const scale = whisker();
  scale.update({ memorization, low, high, verdict });
  return h(
    "div",
    { class: "side-facts", "data-side": side },
    h("h2", {}, sideBadge(side), " Label ", h("bdi", {}, label)),
    flipped && h("p", {}, "changed for training, was ", h("bdi", {}, original)),
    h("p", {}, h("b", {}, score(memorization)), ` at size ${size}, ${interval(low, high)}`),
    scale.element,
    h("p", {}, h("span", { class: "verdict", "data-verdict": verdict }, words(verdict))),
    answer && h("p", {}, "held-out answer: ", h("bdi", {}, answer.name)),
  );
}
