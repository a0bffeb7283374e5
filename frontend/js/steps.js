/**
 * The sliders that a figure brings in Plotly's `layout.sliders`, worked out on its JSON instead of on its drawing: the
 * page has sliders of its own, which the keyboard reaches, and everything told of a figure is told of the step shown.
 */

import { plainText } from "./figure-table.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {{ label: string, method?: string, args: any[] }} Step */

/**
 * @typedef {object} Slider
 * @property {string} name what its steps are steps of; may be empty
 * @property {number} active the step that the figure begins with
 * @property {Step[]} steps
 */

/**
 * @param {PlotlyFigure} figure
 * @returns {Slider[]}
 */
export function slidersOf({ layout }) {
  return /** @type {Json[]} */ (layout.sliders ?? []).map(({ active = 0, currentvalue = {}, steps }) => ({
    name: plainText(currentvalue.prefix).replace(/\s*[:=]$/, ""),
    active,
    steps: /** @type {Step[]} */ (steps).map((step) => ({ ...step, label: plainText(`${step.label}${currentvalue.suffix ?? ""}`) })),
  }));
}

/**
 * Return the figure as its sliders leave it: without them, and without the traces that they hide.
 * @param {PlotlyFigure} figure
 * @param {number[]} places which step each slider is at
 * @returns {PlotlyFigure}
 */
export function stepped(figure, places) {
  const sliders = slidersOf(figure);
  if (sliders.length === 0) return figure;
  const chosen = sliders.flatMap(({ name, steps }, at) => {
    const step = steps[places[at] ?? 0];
    return step ? [{ ...step, words: [name, step.label].filter(Boolean).join(" ") }] : [];
  });
  const { data, layout } = chosen.reduce(took, figure);
  const { sliders: _sliders, title, ...rest } = /** @type {Json} */ (layout);
  const text = [title?.text, ...chosen.map(({ words }) => words)].filter(Boolean).join(" · ");
  return { data: data.filter(({ visible }) => visible !== false), layout: { ...rest, title: { ...title, text } } };
}

/**
 * Do to a figure what plotly.js does at a step: its methods `update`, `restyle` and `relayout`.
 * @param {PlotlyFigure} figure
 * @param {Step} step
 * @returns {PlotlyFigure}
 */
function took({ data, layout }, { method = "restyle", args }) {
  const [ofTraces, ofLayout, traces] = { update: args, restyle: [args[0], {}, args[1]], relayout: [{}, args[0]] }[method] ?? [];
  const named = /** @type {number[]} */ (traces ?? data.map((_trace, at) => at));
  const styled = data.map((trace, at) => {
    const position = named.indexOf(at);
    if (position < 0) return trace;
    return Object.entries(ofTraces ?? {}).reduce(
      (made, [path, value]) => assigned(made, path.split("."), Array.isArray(value) ? value[position % value.length] : value),
      trace,
    );
  });
  const laid = Object.entries(ofLayout ?? {}).reduce((made, [path, value]) => assigned(made, path.split("."), value), layout);
  return { data: styled, layout: laid };
}

/**
 * Copy JSON with another value at a path, such as that of `xaxis.range`.
 * @template {Json} T
 * @param {T} json
 * @param {string[]} path
 * @param {unknown} value
 * @returns {T}
 */
function assigned(json, [key = "", ...rest], value) {
  return { ...json, [key]: rest.length > 0 ? assigned(json[key] ?? {}, rest, value) : value };
}
