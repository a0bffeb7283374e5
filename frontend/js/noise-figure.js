/** The confusion matrix of changed labels as a figure, and its pairs in order. */

import { count, counted } from "./format.js";

/** @import { Noise } from "../types/api.js" */

const NUMBERED = 12; // up to as many classes, each cell says its number
const LARGE = 40; // more classes than these leave no room for gaps between cells
const LABEL_PX = 26; // room that the name of a class needs

/**
 * List the pairs of true and given class that occur, the most frequent first, without those that agree.
 * @param {Noise} noise
 * @returns {{ true: string, given: string, count: number }[]}
 */
export function changedPairs({ classes, matrix }) {
  return matrix
    .flatMap((row, from) => row.map((value, to) => ({ true: classes[from] ?? "", given: classes[to] ?? "", count: value, from, to })))
    .filter(({ from, to, count: value }) => from !== to && value > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ true: own, given, count: value }) => ({ true: own, given, count: value }));
}

/** Plotly reads a little HTML in texts; names are taken as they are. @param {string} name */
export const plain = (name) => name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * @param {Noise} noise
 * @param {number} width in pixels
 * @param {string[]} colors of none, some and many
 * @returns {PlotlyFigure}
 */
export function noiseFigure({ classes, matrix, n, changed }, width, colors) {
  const names = classes.map(plain);
  const off = matrix.map((row, from) => row.map((value, to) => (from === to ? null : value)));
  const most = Math.max(1, ...off.flat().map((value) => value ?? 0));
  const every = Math.ceil((classes.length * LABEL_PX) / width);
  const axis = {
    tickmode: "array",
    tickvals: classes.map((_name, at) => at).filter((at) => at % every === 0),
    ...(every > 1 && { tickfont: { size: 10 } }),
    showgrid: false,
    zeroline: false,
    range: [-0.5, classes.length - 0.5],
  };
  const ticktext = axis.tickvals.map((at) => shortened(classes[at] ?? "", width < 480 ? 9 : 16));
  const numbered = classes.length <= NUMBERED && width >= 34 * classes.length;
  return {
    data: [
      {
        type: "heatmap",
        z: off,
        zmin: 0,
        zmax: most,
        colorscale: colors.map((color, at) => [at / (colors.length - 1), color]),
        customdata: matrix.map((row, from) => row.map((value, to) => [names[from], names[to], count(value)])),
        hovertemplate: "true %{customdata[0]}, given %{customdata[1]}: %{customdata[2]}<extra></extra>",
        hoverongaps: false,
        xgap: classes.length > LARGE ? 0 : 1,
        ygap: classes.length > LARGE ? 0 : 1,
        ...(numbered && { text: off.map((row) => row.map((value) => (value ? count(value) : ""))), texttemplate: "%{text}" }),
        colorbar: { thickness: 10, outlinewidth: 0, title: { text: "" }, len: 1, nticks: 5 },
        showscale: width > 480,
      },
    ],
    layout: {
      height: Math.round(Math.min(640, Math.max(320, width * 0.85))),
      title: { text: `Changed labels · ${count(changed)} of ${counted(n, "training label")}`, x: 0, xref: "paper", font: { size: 15 } },
      margin: { l: 8, r: 8, t: 36, b: 8 },
      xaxis: { ...axis, ticktext, title: { text: "label trained on" }, tickangle: classes.length > 12 ? -90 : "auto" },
      yaxis: { ...axis, ticktext, title: { text: "true class" }, range: [classes.length - 0.5, -0.5] },
    },
  };
}

/** @param {string} name @param {number} most characters */
const shortened = (name, most) => plain(name.length > most ? `${name.slice(0, most - 1)}…` : name);
