/** The small histogram on an experiment's card. */

import { replace, svg } from "../dom.js";

/** @import { HistogramPreview } from "../../types/api.js" */

const WIDTH = 200;
const HEIGHT = 56;
const THRESHOLD = 0.25;

/**
 * Bars in square-root scale, since the mode near zero dwarfs everything else.
 * @returns {{ element: SVGSVGElement, update: (preview: HistogramPreview | null) => void }}
 */
export function previewHistogram() {
  const element = svg("svg", { class: "preview", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" });
  let drawn = "";
  return {
    element,
    update(preview) {
      const state = JSON.stringify(preview);
      if (state === drawn) return;
      drawn = state;
      element.setAttribute("aria-label", preview ? label(preview) : "No scores yet");
      replace(element, ...(preview ? bars(preview) : []), baseline());
    },
  };
}

/** @param {HistogramPreview} preview */
function label({ size, counts }) {
  const total = counts.reduce((sum, value) => sum + value, 0);
  return `Histogram of ${total} memorization scores at size ${size}`;
}

/** @param {HistogramPreview} preview */
function bars({ counts, edges }) {
  const first = edges[0] ?? 0;
  const span = (edges.at(-1) ?? 1) - first;
  const top = Math.sqrt(Math.max(1, ...counts));
  return counts.map((value, bin) => {
    const left = (((edges[bin] ?? 0) - first) / span) * WIDTH;
    const right = (((edges[bin + 1] ?? 0) - first) / span) * WIDTH;
    const height = (Math.sqrt(value) / top) * (HEIGHT - 4);
    const side = (edges[bin] ?? 0) >= THRESHOLD ? "high" : "low";
    return svg("rect", {
      class: `preview-${side}`,
      x: left + 0.75,
      y: HEIGHT - 1 - height,
      width: Math.max(0, right - left - 1.5),
      height,
    });
  });
}

function baseline() {
  return svg("line", { class: "preview-base", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 });
}
