/**
 * A figure's data as a table: what a reader who cannot see the drawing reads, and what its CSV holds.
 *
 * Works on Plotly JSON alone. Traces with `hoverinfo: "skip"` are bands and guides, not data. A trace says with
 * `meta.columns` what the columns of its `customdata` are called; without it they stay out.
 */

import { csvCell } from "./csv-cell.js";

/** @typedef {string | number | null} Cell */
/** @typedef {{ columns: string[], rows: Cell[][] }} Table */
/** @typedef {Record<string, any>} Trace */

/**
 * @typedef {object} Panel a subplot, or the whole drawing
 * @property {string} name empty unless the figure names it
 * @property {string} x title of its axes
 * @property {string} y
 */

const TYPES = {
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  f4: Float32Array,
  f8: Float64Array,
};

/**
 * Read an array of a figure: plotly.py writes numeric ones as base64 with a type, and a shape from two dimensions on.
 * @param {any} value
 * @returns {any[]} numbers that are none become null
 */
export function decoded(value) {
  if (Array.isArray(value)) return value;
  if (typeof value?.bdata !== "string") return [];
  const bytes = Uint8Array.from(atob(value.bdata), (character) => character.charCodeAt(0));
  const numbers = [...new TYPES[/** @type {keyof typeof TYPES} */ (value.dtype)](bytes.buffer)].map(known);
  if (value.shape === undefined) return numbers;
  const width = Number(String(value.shape).split(",").at(-1));
  return Array.from({ length: numbers.length / width }, (_row, at) => numbers.slice(at * width, (at + 1) * width));
}

/** @param {any} value @returns {Cell} */
const known = (value) => (value === undefined || (typeof value === "number" && !Number.isFinite(value)) ? null : value);

/**
 * A text of a figure without the little HTML that Plotly reads.
 * @param {unknown} html
 */
export function plainText(html) {
  const line = String(html ?? "").split(/<br\s*\/?>/)[0] ?? "";
  return line.replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").trim();
}

/**
 * @param {{ data: Record<string, any>[], layout: Record<string, any> }} figure
 * @returns {Table}
 */
export function figureTable({ data, layout }) {
  const traces = data.filter((trace) => trace.hoverinfo !== "skip");
  const panels = traces.map((trace) => panelOf(trace, layout));
  const named = new Set(panels.map(({ name }) => name)).size > 1;
  const table = tableOf(traces, panels);
  if (named) return table;
  return { columns: table.columns.slice(1), rows: table.rows.map((row) => row.slice(1)) };
}

/**
 * Every kind of table begins with the panel's name.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 * @returns {Table}
 */
function tableOf(traces, panels) {
  if (traces.some(({ type }) => type === "sankey")) return flows(traces.filter(({ type }) => type === "sankey"), panels);
  if (traces.some(({ z }) => z)) return cells(traces.filter(({ z }) => z), panels);
  return shareTheirX(traces, panels) ? curves(traces, panels) : points(traces, panels);
}

/**
 * @param {Trace} trace
 * @param {Record<string, any>} layout
 * @returns {Panel}
 */
function panelOf(trace, layout) {
  /** @param {"x" | "y"} letter */
  const axisOf = (letter) => layout[`${letter}axis${String(trace[`${letter}axis`] ?? letter).slice(1)}`] ?? {};
  /** Axes that match another are titled by it. @param {Record<string, any>} axis @returns {string | undefined} */
  const titleOf = (axis) => axis.title?.text ?? layout[String(axis.matches).replace(/^[xy]/, "$&axis")]?.title?.text;
  const [x, y] = [axisOf("x"), axisOf("y")];
  const notes = /** @type {Record<string, any>[]} */ (layout.annotations ?? []).filter(({ xref, yref }) => xref === "paper" && yref === "paper");
  const [from = 0, to = 1] = x.domain ?? [];
  const top = y.domain?.[1] ?? 1;
  const near = (/** @type {number} */ a, /** @type {number} */ b) => Math.abs(a - b) < 1e-6;
  // The three kinds of notes that plotly.py's make_subplots writes; a panel without a title has that of its column.
  const above = notes.filter((note) => note.yanchor === "bottom" && near(note.x, (from + to) / 2));
  const title = above.find((note) => near(note.y, top)) ?? above[0];
  const below = notes.find((note) => note.yanchor === "top" && near(note.y, 0));
  const beside = notes.find((note) => note.textangle === -90);
  return {
    name: plainText(title?.text),
    x: plainText(titleOf(x) ?? below?.text ?? layout.xaxis?.title?.text) || "x",
    y: plainText(titleOf(y) ?? beside?.text ?? layout.yaxis?.title?.text) || "y",
  };
}

/**
 * Whether all traces are curves or bars on the same axes, with one value per name and x and nothing more to say.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 */
function shareTheirX(traces, panels) {
  const places = traces.flatMap(({ name, x }, at) => decoded(x).map((value) => JSON.stringify([panels[at]?.name, plainText(name), value])));
  return (
    new Set(panels.map(({ x, y }) => JSON.stringify([x, y]))).size === 1 &&
    new Set(places).size === places.length &&
    traces.every(({ mode, meta }) => mode !== "markers" && !meta?.columns)
  );
}

/**
 * A row for each x of each panel, a column for each curve.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 * @returns {Table}
 */
function curves(traces, panels) {
  const labeled = traces.some(hasLabels);
  const keys = ["panel", panels[0]?.x ?? "x", ...(labeled ? ["center"] : [])];
  /** @type {Map<string, number>} */
  const places = new Map();
  /** @type {Map<string, { keys: Cell[], values: Cell[] }>} */
  const rows = new Map();
  const series = seriesNames(traces, panels);
  traces.forEach((trace, at) => {
    const labels = hasLabels(trace) ? decoded(trace.hovertext) : [];
    const arrays = [decoded(trace.y), ...errors(trace).map(({ array }) => array)];
    const names = [series[at] ?? "y", ...errors(trace).map(({ sign }) => `${series[at]} ${sign}`)];
    for (const name of names) if (!places.has(name)) places.set(name, places.size);
    decoded(trace.x).forEach((x, position) => {
      const panel = panels[at]?.name ?? "";
      const key = JSON.stringify([panel, x]);
      const row = rows.get(key) ?? { keys: [panel, known(labels[position] ?? x), ...(labeled ? [typeof x === "number" && !trace.meta?.apart ? x : null] : [])], values: [] };
      names.forEach((name, which) => (row.values[places.get(name) ?? 0] = known(arrays[which]?.[position])));
      rows.set(key, row);
    });
  });
  const columns = [...places.keys()];
  return { columns: [...keys, ...columns], rows: [...rows.values()].map((row) => [...row.keys, ...columns.map((_name, at) => row.values[at] ?? null)]) };
}

/** Bars may say in words what they stand for, such as a range of scores; with `meta.apart` they stand beside the axis. @param {Trace} trace */
const hasLabels = (trace) => trace.type === "bar" && Array.isArray(trace.hovertext);

/** @param {Trace} trace @returns {{ sign: string, array: Cell[] }[]} */
function errors({ error_y: bars }) {
  if (!bars?.array) return [];
  if (!bars.arrayminus) return [{ sign: "±", array: decoded(bars.array) }];
  return [
    { sign: "+", array: decoded(bars.array) },
    { sign: "−", array: decoded(bars.arrayminus) },
  ];
}

/**
 * What each trace is called. A lone one goes by its axis, and bars say what they count.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 */
function seriesNames(traces, panels) {
  const names = traces.map(({ name }) => plainText(name));
  const lone = new Set(names).size === 1 && traces.every(({ showlegend }) => showlegend !== true);
  return names.map((name, at) => {
    const y = panels[at]?.y ?? "y";
    if (lone || !name) return y;
    return traces[at]?.type === "bar" && y !== "y" ? `${name}, ${y}` : name;
  });
}

/**
 * A row for each point, with a column for each title of an axis.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 * @returns {Table}
 */
function points(traces, panels) {
  const several = new Set(traces.map(({ name }) => name)).size > 1;
  const across = [...new Set(panels.map(({ x }) => x))];
  const upwards = [...new Set(panels.map(({ y }) => y))];
  const more = [...new Set(traces.flatMap((trace) => /** @type {string[]} */ (trace.meta?.columns ?? [])))];
  const spread = [...new Set(traces.flatMap((trace) => errors(trace).map(({ sign }) => sign)))];
  const rows = traces.flatMap((trace, at) => {
    const [xs, ys, custom] = [decoded(trace.x), decoded(trace.y), decoded(trace.customdata)];
    const bars = new Map(errors(trace).map(({ sign, array }) => [sign, array]));
    const own = /** @type {string[]} */ (trace.meta?.columns ?? []);
    const { name = "", x, y } = panels[at] ?? {};
    return ys.map((value, position) => {
      const facts = [custom[position]].flat();
      return [
        name,
        ...(several ? [plainText(trace.name)] : []),
        ...across.map((title) => (title === x ? known(xs[position]) : null)),
        ...upwards.map((title) => (title === y ? known(value) : null)),
        ...spread.map((sign) => known(bars.get(sign)?.[position])),
        ...more.map((column) => known(facts[own.indexOf(column)])),
      ];
    });
  });
  const signs = spread.map((sign) => (upwards.length === 1 ? `${upwards[0]} ${sign}` : sign));
  return { columns: ["panel", ...(several ? ["series"] : []), ...across, ...upwards, ...signs, ...more], rows };
}

/**
 * A row for each cell of a heatmap that has a value.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 * @returns {Table}
 */
function cells(traces, panels) {
  const [{ x, y } = { x: "x", y: "y" }] = panels;
  const [first] = traces;
  const value = plainText(first?.colorbar?.title?.text ?? first?.name) || "value";
  const rows = traces.flatMap((trace, at) => {
    const [xs, ys] = [decoded(trace.x), decoded(trace.y)];
    return decoded(trace.z).flatMap((line, row) =>
      decoded(line)
        .map((cell, column) => [panels[at]?.name ?? "", known(xs[column] ?? column), known(ys[row] ?? row), known(cell)])
        .filter((cell) => cell.at(-1) !== null),
    );
  });
  return { columns: ["panel", x, y, value], rows };
}

/**
 * A row for each flow of a Sankey diagram.
 * @param {Trace[]} traces
 * @param {Panel[]} panels
 * @returns {Table}
 */
function flows(traces, panels) {
  const rows = traces.flatMap(({ node, link }, at) => {
    const names = decoded(node.label).map(plainText);
    const [from, to] = [decoded(link.source), decoded(link.target)];
    return decoded(link.value).map((value, flow) => [panels[at]?.name ?? "", names[from[flow]] ?? null, names[to[flow]] ?? null, known(value)]);
  });
  return { columns: ["panel", "from", "to", "value"], rows };
}

/**
 * @param {Table} table
 * @returns {string} as RFC 4180 says, its texts so that no spreadsheet runs them
 */
export function csv({ columns, rows }) {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** @param {Cell} value */
const field = (value) => (value === null ? "" : typeof value === "number" ? String(value) : csvCell(value));
