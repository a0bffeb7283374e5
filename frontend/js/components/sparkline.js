/** A number of an example over model sizes, as a line the height of a word. */

import { replace, svg } from "../dom.js";
import { score } from "../format.js";

const WIDTH = 64;
const HEIGHT = 18;

/**
 * Sizes are evenly spaced; the dot marks the one that is looked at.
 * @param {{ low: number, high: number }} [limits] those of scores, with few below 0, unless others are named
 * @returns {{ element: SVGSVGElement, update: (values: (number | null)[], at: number, words: string) => void }}
 */
export function sparkline({ low, high } = { low: -0.25, high: 1 }) {
  /** @param {number} value */
  const y = (value) => 2 + (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HEIGHT - 4);
  const element = svg("svg", { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  let drawn = "";
  return {
    element,
    update(values, at, words) {
      const state = `${values} ${at} ${words}`;
      if (state === drawn) return;
      drawn = state;
      const known = values.flatMap((value, place) => (value === null ? [] : [{ value, place }]));
      const last = Math.max(values.length - 1, 1);
      /** @param {number} place */
      const x = (place) => 3 + (place / last) * (WIDTH - 6);
      const here = known.find(({ place }) => place === at);
      element.setAttribute("aria-label", `Over size: ${known.map(({ value }) => score(value)).join(", ")}; ${words}`);
      replace(
        element,
        svg("line", { class: "sparkline-zero", x1: 0, x2: WIDTH, y1: y(0), y2: y(0) }),
        svg("polyline", { points: known.map(({ value, place }) => `${x(place)},${y(value)}`).join(" ") }),
        here && svg("circle", { cx: x(here.place), cy: y(here.value), r: 2.5 }),
      );
    },
  };
}
