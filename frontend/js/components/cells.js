/** Cells of a figure that open the examples in them, in the gallery. */

import { experimentHref } from "../place.js";
import { navigate } from "../router.js";
import { DEFAULT_VIEW, encode } from "../view.js";

/** @typedef {import("../view.js").View} View */

/**
 * What a figure's layout says of its cells in `meta.cells`: edges along both axes, which bounds of the view they
 * are, as in `memorization_gte` and `memorization_lte` of `memorization`, and what else the view has.
 * @typedef {{ x: string, y: string, edges: number[], view: Partial<View> }} Cells
 */

const BELOW = 1e-6; // the bounds of a view belong to it, and the upper edge of a cell belongs to the next one

/**
 * The view of the examples in a cell; those at the ends also have what lies beyond.
 * @param {Cells} cells
 * @param {readonly number[]} place row from below, and column
 * @returns {View}
 */
export function cellView({ x, y, edges, view }, [row = 0, column = 0]) {
  const last = edges.length - 2;
  const bounds = [[x, column], [y, row]].map(([name, place]) => {
    const number = Number(place);
    return {
      [`${name}_gte`]: number === 0 ? null : edges[number],
      [`${name}_lte`]: number === last ? null : Number(((edges[number + 1] ?? 0) - BELOW).toFixed(6)),
    };
  });
  return Object.assign({ ...DEFAULT_VIEW, tab: "explore" }, view, ...bounds);
}

/**
 * Let clicks on the cells of a figure, where it has some, open their examples.
 * @param {PlotlyElement} plot
 * @param {string} id of the experiment
 */
export function openCells(plot, id) {
  const listen = () =>
    plot.on("plotly_click", ({ points: [point] }) => {
      const cells = plot.layout?.meta?.cells;
      if (cells && Array.isArray(point?.pointIndex)) navigate(experimentHref(id, encode(cellView(cells, point.pointIndex))));
    });
  plot.addEventListener("drawn", listen, { once: true });
}
