/** The histograms of all sizes as drawings of one kind: on the same axes, with the same bars, so that bars can move. */

import { decoded } from "./figure-table.js";

/** @typedef {Record<string, any>} Trace */

/** The place of a trace in every drawing. @param {Trace} trace */
const keyOf = ({ type = "", name = "", xaxis = "x" }) => `${type} ${name} ${xaxis}`;

/**
 * @param {PlotlyFigure[]} figures one for each size
 * @returns {PlotlyFigure[]} the same numbers; where one has no bar and another has, it has one of no height
 */
export function aligned(figures) {
  const kinds = new Map(figures.flatMap(({ data }) => data.map((trace) => [keyOf(trace), trace])));
  const places = new Map([...kinds.keys()].map((key) => [key, placesOf(figures, key)]));
  const axes = commonAxes(figures);
  return figures.map(({ data, layout }) => {
    const own = new Map(data.map((trace) => [keyOf(trace), trace]));
    const traces = [...kinds].map(([key, model]) => spread(own.get(key), model, places.get(key) ?? []));
    return { data: traces, layout: { ...layout, ...axes, annotations: counted(layout, traces, axes.yaxis) } };
  });
}

/**
 * Where any of the drawings has a mark of that trace, in order, with how wide it is there and what it stands for.
 * @param {PlotlyFigure[]} figures
 * @param {string} key
 * @returns {[x: unknown, rest: { width: unknown, hovertext: unknown }][]}
 */
function placesOf(figures, key) {
  const marks = figures.flatMap(({ data }) => data.filter((trace) => keyOf(trace) === key)).flatMap((trace) => {
    const [width, hovertext] = [decoded(trace.width), decoded(trace.hovertext)];
    return decoded(trace.x).map((x, at) => /** @type {[unknown, any]} */ ([x, { width: width[at], hovertext: hovertext[at] }]));
  });
  return [...new Map(marks)].sort(([a], [b]) => Number(a) - Number(b));
}

/**
 * @param {Trace | undefined} trace
 * @param {Trace} model what it looks like where this drawing has no such trace
 * @param {ReturnType<typeof placesOf>} places
 * @returns {Trace}
 */
function spread(trace, model, places) {
  const found = new Map(trace ? decoded(trace.x).map((x, at) => [x, decoded(trace.y)[at]]) : []);
  const wide = model.width !== undefined && { width: places.map(([, { width }]) => width) };
  const told = model.hovertext !== undefined && { hovertext: places.map(([, { hovertext }]) => hovertext) };
  return { ...(trace ?? model), x: places.map(([x]) => x), y: places.map(([x]) => found.get(x) ?? 0), ...wide, ...told, customdata: undefined };
}

/** @param {PlotlyFigure[]} figures */
function commonAxes(figures) {
  /** @param {"xaxis" | "yaxis"} name @returns {Record<string, any>} */
  const around = (name) => {
    const axes = figures.map(({ layout }) => /** @type {Record<string, any>} */ (layout[name]));
    return { ...axes[0], range: [Math.min(...axes.map(({ range }) => range[0])), Math.max(...axes.map(({ range }) => range[1]))] };
  };
  return { xaxis: around("xaxis"), yaxis: around("yaxis") };
}

/**
 * What is printed above the columns at the ends: an arrow says that one is cut off, on these axes.
 * @param {PlotlyFigure["layout"]} layout
 * @param {Trace[]} traces
 * @param {Record<string, any>} y
 */
function counted({ annotations = [] }, traces, y) {
  const top = y.type === "log" ? 10 ** y.range[1] : y.range[1];
  return /** @type {Trace[]} */ (annotations).map((note) => {
    const count = traces.filter(({ type, xaxis }) => type === "bar" && xaxis === note.xref).reduce((sum, trace) => sum + Number(trace.y[0] ?? 0), 0);
    return { ...note, text: `${count.toLocaleString("en")}${count > top ? " ↑" : ""}` };
  });
}
