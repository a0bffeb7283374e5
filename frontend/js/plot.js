/** Draws the figures that the server builds: loads Plotly when first needed and fits figures to theme and width. */

import { decoded } from "./figure-table.js";
import { at } from "./place.js";
import { cssColor } from "./theme.js";

const SCRIPT = "/static/plotly.min.js";
const NARROW_PX = 560;
const TITLE_PX = 28;
const LEGEND_ENTRIES = 12; // more than these would leave a narrow figure nothing but its legend
const BARE_TOP_PX = 24; // above a figure without title and legend
const MOTION_MS = 500;
const USUAL_WIDTH_PX = 1100; // for which figures are laid out
const LARGEST = 2; // times the usual type
const CONFIG = { displayModeBar: false, responsive: false, showTips: false };

/** @type {Promise<PlotlyStatic> | undefined} */
let loading;

/** @returns {Promise<PlotlyStatic>} */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = at(SCRIPT);
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error("Plotly did not start.")));
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error("The drawing library could not be loaded."));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * @typedef {object} Colors
 * @property {string} ink
 * @property {string} muted
 * @property {string} line
 * @property {string} surface
 */

/** @returns {Colors} */
function themeColors() {
  return {
    ink: cssColor("--ink"),
    muted: cssColor("--ink-muted"),
    line: cssColor("--line"),
    surface: cssColor("--surface"),
  };
}

const PRINT = { ink: "#17181d", muted: "#4c4f5a", line: "#d9dae0", surface: "#ffffff" };

/**
 * @param {Record<string, any>} base
 * @param {Record<string, any>} over wins where both have a value
 * @returns {Record<string, any>}
 */
function merged(base, over) {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const both = isObject(value) && isObject(base[key]);
    result[key] = both ? merged(base[key], value) : value;
  }
  return result;
}

/** @param {unknown} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Dress a layout in the page's colors and fit its type to the width.
 * @param {Record<string, any>} layout
 * @param {Colors} colors
 * @param {number} width in pixels
 */
export function themed(layout, colors, width) {
  const axis = {
    color: colors.muted,
    gridcolor: colors.line,
    linecolor: colors.line,
    zerolinecolor: colors.line,
    automargin: true,
    fixedrange: true,
  };
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  return merged(layout, {
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    dragmode: false,
    font: { family: "system-ui, sans-serif", size: width < NARROW_PX ? 11 : 12, color: colors.ink },
    hoverlabel: { bgcolor: colors.surface, bordercolor: colors.muted, font: { color: colors.ink } },
    legend: { bgcolor: "rgba(0,0,0,0)" },
    ...Object.fromEntries([...new Set(["xaxis", "yaxis", ...axes])].map((key) => [key, axis])),
  });
}

/**
 * The same layout for a room: as high as there is space, in type that is read from afar.
 * @param {Record<string, any>} layout themed
 * @param {number} width in pixels
 * @param {number} height
 */
function large(layout, width, height) {
  const times = Math.min(LARGEST, Math.max(1, width / USUAL_WIDTH_PX));
  const type = (/** @type {number | undefined} */ px) => ({ font: { size: Math.round(times * (px ?? layout.font.size)) } });
  const annotations = (layout.annotations ?? []).map((/** @type {Record<string, any>} */ note) => merged(note, type(note.font?.size)));
  return merged(layout, { height, ...type(layout.font.size), ...(annotations.length > 0 && { annotations }) });
}

/**
 * Draw or update a figure in place. The page's caption stands for its title; the server's `uirevision` keeps what
 * the reader did to it.
 * @param {HTMLElement} element
 * @param {PlotlyFigure} figure
 * @param {{ legend?: boolean, height?: number | null }} [options] without a legend where the page has one; with a height
 *   in pixels where it is shown to a room
 * @returns {Promise<PlotlyElement>}
 */
export async function draw(element, figure, { legend = true, height = null } = {}) {
  const library = await plotly();
  const dressed = themed(figure.layout, themeColors(), element.clientWidth);
  const layout = height === null ? dressed : large(dressed, element.clientWidth, height);
  const entries = figure.data.filter(({ showlegend }) => showlegend !== false).length;
  const bare = !legend || (element.clientWidth < NARROW_PX && entries > LEGEND_ENTRIES);
  const top = legend ? (layout.margin?.t ?? 64) - TITLE_PX : BARE_TOP_PX;
  const untitled = merged(layout, { title: { text: "" }, margin: { t: top }, ...(bare && { showlegend: false }) });
  return library.react(element, figure.data, untitled, CONFIG);
}

/**
 * Let the marks of a drawing go to the heights that they have in another one with the same marks; at once for those who
 * want no motion.
 * @param {PlotlyElement} element
 * @param {PlotlyFigure["data"]} to
 * @param {AbortSignal} signal
 */
export async function moveMarks(element, to, signal) {
  const from = (element.data ?? []).map(({ y }) => decoded(y));
  const same = from.length === to.length && to.every(({ y }, at) => decoded(y).length === from[at]?.length);
  if (!same || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const began = performance.now();
  for (let done = 0; done < 1 && !signal.aborted && element.data; ) {
    done = Math.min(1, ((await frame()) - began) / MOTION_MS);
    const eased = done * done * (3 - 2 * done);
    const heights = to.map(({ y }, at) => decoded(y).map((end, mark) => (from[at]?.[mark] ?? 0) * (1 - eased) + end * eased));
    await window.Plotly?.restyle(element, { y: heights });
  }
}

/** @returns {Promise<number>} the time of the next frame */
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/**
 * Move the upright line of a figure whose only shape it is, without asking the server for another drawing.
 * @param {PlotlyElement} element
 * @param {number} x
 */
export function moveLine(element, x) {
  if (element.data) window.Plotly?.relayout(element, { "shapes[0].x0": x, "shapes[0].x1": x });
}

/**
 * Release what Plotly keeps for an element.
 * @param {HTMLElement} element
 */
export function purge(element) {
  window.Plotly?.purge(element);
}

/**
 * Save a figure as a file, always dark on white.
 * @param {PlotlyFigure} figure
 * @param {"svg" | "png"} format
 * @param {string} filename
 */
export async function download(figure, format, filename) {
  const library = await plotly();
  const { height = 0, meta } = figure.layout;
  const size = { width: Math.max(1100, meta?.least_width ?? 0), height: Math.max(560, Number(height)) };
  // The title stands at the top, where no legend that the figure lifts above its panels reaches it.
  const top = { title: { y: 1, yref: "container", yanchor: "top", pad: { t: 14 } }, margin: { t: (figure.layout.margin?.t ?? 64) + TITLE_PX } };
  const layout = { ...merged(themed(figure.layout, PRINT, size.width), top), paper_bgcolor: "#ffffff" };
  await library.downloadImage({ data: figure.data, layout }, { format, filename, ...size, scale: 2 });
}
