/** The sliders of a figure, as controls of the page; a step that the next drawing has too stays chosen. */

import { h, replace, text } from "../dom.js";
import { slidersOf, stepped } from "../steps.js";

/** @typedef {import("../steps.js").Slider} Slider */

/**
 * @param {string} title of the figure
 * @param {() => void} change called after a slider moved
 */
export function figureSliders(title, change) {
  const element = h("div", { class: "figure-sliders", hidden: true });
  /** @type {Slider[]} */
  let sliders = [];
  /** @type {number[]} */
  let places = [];

  /** @param {Slider} slider @param {number} at */
  const control = ({ name, steps }, at) => {
    const output = h("output", {});
    const input = h("input", { type: "range", min: 0, max: steps.length - 1, step: 1, "aria-label": name || title });
    const show = () => {
      const { label = "" } = steps[places[at] ?? 0] ?? {};
      text(output, label);
      input.setAttribute("aria-valuetext", label);
    };
    input.value = String(places[at]);
    input.addEventListener("input", () => {
      places[at] = Number(input.value);
      show();
      change();
    });
    show();
    return h("label", { class: "figure-slider" }, name && h("span", {}, name), input, output);
  };

  return {
    element,
    /** @param {PlotlyFigure} figure */
    update(figure) {
      const next = slidersOf(figure);
      const labels = places.map((place, at) => sliders[at]?.steps[place]?.label);
      const kept = next.map(({ steps, active }, at) => {
        const same = steps.findIndex(({ label }) => label === labels[at]);
        return same < 0 ? active : same;
      });
      const names = (/** @type {Slider[]} */ all) => JSON.stringify(all.map(({ name, steps }) => [name, steps.map(({ label }) => label)]));
      const unchanged = names(next) === names(sliders); // a slider that someone holds stays
      sliders = next;
      places = kept;
      element.hidden = next.length === 0;
      if (!unchanged) replace(element, ...next.map(control));
    },
    /**
     * @param {PlotlyFigure} figure
     * @returns {PlotlyFigure}
     */
    applied: (figure) => stepped(figure, places),
  };
}
