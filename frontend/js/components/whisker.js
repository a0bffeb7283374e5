/** A score and its interval on a ruler from -0.25 to 1. */

import { h } from "../dom.js";
import { interval, score, words } from "../format.js";

/** @import { Score } from "../../types/api.js" */

const FROM = -0.25;
const TO = 1;

/** @param {number} value */
const place = (value) => `${((Math.min(TO, Math.max(FROM, value)) - FROM) / (TO - FROM)) * 100}%`;

/**
 * The verdict shows as color and as the dot's fill, so that it reads without color too.
 * @returns {import("../dom.js").Component<Pick<Score, "memorization" | "low" | "high" | "verdict">>}
 */
export function whisker() {
  const band = h("span", { class: "whisker-band" });
  const dot = h("span", { class: "whisker-dot" });
  const tick = h("span", { class: "whisker-tick", style: `left:${place(0)}` });
  const element = h("span", { class: "whisker", role: "img" }, tick, band, dot);
  return {
    element,
    update({ memorization, low, high, verdict }) {
      element.dataset.verdict = verdict;
      element.setAttribute("aria-label", `${score(memorization)}, interval ${interval(low, high)}, ${words(verdict)}`);
      dot.hidden = memorization === null;
      band.hidden = low === null || high === null;
      if (memorization !== null) dot.style.left = place(memorization);
      if (low === null || high === null) return;
      band.style.left = place(low);
      band.style.right = `calc(100% - ${place(high)})`;
    },
  };
}
