/** Which series of a figure are drawn: check boxes for the keyboard, and the same for a click on the legend. */

import { h, replace } from "../dom.js";

/** @typedef {PlotlyFigure["data"][number]} Trace */

/** Traces of a series go together. @param {Trace} trace */
const seriesOf = (trace) => String(trace.legendgroup ?? trace.name ?? "");

/** @param {Trace} trace */
const listed = (trace) => trace.showlegend !== false && Boolean(trace.name);

/**
 * @param {() => void} change called after a series was hidden or shown
 */
export function seriesToggles(change) {
  /** @type {Set<string>} */
  const hidden = new Set();
  const boxes = h("fieldset", { class: "series" });
  const element = h("details", { class: "twin", hidden: true }, h("summary", {}, "Legend"), boxes);
  let made = "";

  /** @param {string} series */
  const toggle = (series) => {
    if (!hidden.delete(series)) hidden.add(series);
    for (const box of boxes.querySelectorAll("input")) box.checked = !hidden.has(box.value);
    change();
  };

  return {
    element,
    /** @param {PlotlyFigure} figure */
    update({ data }) {
      const entries = new Map(data.filter(listed).map((trace) => [seriesOf(trace), String(trace.name)]));
      element.hidden = entries.size < 2;
      const state = JSON.stringify([...entries]);
      if (state === made) return;
      made = state;
      replace(
        boxes,
        h("legend", { class: "visually-hidden" }, "Series shown"),
        ...[...entries].map(([value, name]) =>
          h("label", { class: "check" }, h("input", { type: "checkbox", value, checked: !hidden.has(value), onchange: () => toggle(value) }), name),
        ),
      );
    },
    /**
     * Leave what is hidden in the legend only.
     * @param {PlotlyFigure} figure
     * @returns {PlotlyFigure}
     */
    applied: (figure) => ({
      ...figure,
      data: figure.data.map((trace) => (hidden.has(seriesOf(trace)) ? { ...trace, visible: "legendonly" } : trace)),
    }),
    /**
     * Take over from the drawing what a click on its legend does.
     * @param {PlotlyElement} plot
     */
    listen(plot) {
      plot.on("plotly_legendclick", ({ data, curveNumber }) => {
        toggle(seriesOf(data[curveNumber] ?? {}));
        return false;
      });
      plot.on("plotly_legenddoubleclick", () => false);
    },
  };
}
